// Strict capture on a machine of its own: an agent, programs that know of no proxy, and an internet at the other end of a cable. Needs root, nftables, iproute2.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AuditRecord } from '../../src/contract/audit.ts';
import type { ControlClient } from '../../src/contract/control.ts';
import { connectControl } from '../../src/control/client.ts';
import { controlPath } from '../../src/control/path.ts';
import { confirmation, hasTable, installation, readTable, removal, tableValue } from '../../src/system/strict/nftables-rules.ts';
import type { Seen } from '../fakes/internet.ts';
import { NetworkNamespace } from '../fakes/namespace.ts';
import { ThrowAwayMachine } from '../machine/throw-away-machine.ts';
import type { ProgramEnd } from '../machine/throw-away-machine.ts';
import { eventually } from './eventually.ts';
import { temporaryFolder } from './running-agent.ts';

const repository = join(import.meta.dirname, '..', '..');
/** Documentation addresses: nobody's. */
const [here, there] = [
  { v4: '203.0.113.2', v6: '2001:db8::2' },
  { v4: '203.0.113.53', v6: '2001:db8::53' },
];
/** One intercepted, one that merely shares its address. */
const [ai, neighbour] = ['api.openai.com', 'shop.example'];
const question = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] });

interface AgentOptions {
  readonly capture?: 'strict' | 'cooperative';
  /** Starts the agent's program. */
  readonly before?: readonly string[];
  /** The capture may not come to stand. */
  readonly mayFail?: boolean;
}

class World {
  readonly machine: ThrowAwayMachine;
  readonly net: NetworkNamespace;
  readonly folder: string;
  readonly dataDir: string;
  readonly #internet: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  agent: ChildProcess | undefined;

  private constructor(machine: ThrowAwayMachine, net: NetworkNamespace, internet: ChildProcess, answers: AsyncIterator<string>) {
    [this.machine, this.net, this.#internet, this.#answers] = [machine, net, internet, answers];
    this.folder = temporaryFolder();
    this.dataDir = join(this.folder, 'data');
  }

  static async start(): Promise<World> {
    const [inside, outside] = [await NetworkNamespace.start(), await NetworkNamespace.start()];
    inside.plug(outside, [`${here.v4}/24`, `${here.v6}/64`], [`${there.v4}/24`, `${there.v6}/64`]);
    const script = join(repository, 'test', 'fakes', 'internet.ts');
    const [program = '', ...args] = outside.enter([process.execPath, script, there.v4, there.v6, ai, neighbour]);
    const internet = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void internet.kill('SIGKILL'));
    const answers = createInterface({ input: internet.stdout })[Symbol.asyncIterator]();
    const { root } = JSON.parse(String((await answers.next()).value)) as { root: string };
    const machine = await ThrowAwayMachine.start();
    await machine.write('/etc/resolv.conf', `nameserver ${there.v4}\n`);
    await machine.write('/etc/internet-root.pem', root);
    return new World(machine, inside, internet, answers);
  }

  /** What reached the internet. */
  async seen(): Promise<Seen> {
    this.#internet.stdin?.write('\n');
    return JSON.parse(String((await this.#answers.next()).value)) as Seen;
  }

  /** Runs a program on the machine, as root. */
  run(command: readonly string[]): Promise<ProgramEnd> {
    return this.machine.run(this.net.enter(command), { timeoutMs: 30_000 });
  }

  /** A program of an ordinary user. */
  runAsUser(command: readonly string[]): Promise<ProgramEnd> {
    return this.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--', ...command]);
  }

  /** Curl that has never heard of a proxy, with only this root trusted. */
  curl(root: string, ...args: readonly string[]): Promise<ProgramEnd> {
    return this.runAsUser(['curl', '--silent', '--show-error', '--noproxy', '*', '--max-time', '15', '--cacert', root, ...args]);
  }

  heimdall(...args: readonly string[]): readonly string[] {
    return [process.execPath, join(repository, 'src', 'main.ts'), ...args, '--data-dir', this.dataDir];
  }

  /** The agent listens, and, unless it is to wait for the command, takes what is led to it. */
  async startAgent(strict: object, { capture = 'strict', before = [], mayFail = false }: AgentOptions = {}): Promise<ControlClient> {
    const settings = join(this.folder, 'settings.json');
    const network = { allowPrivate: ['203.0.113.0/24', '2001:db8::/32'], extraRoots: ['/etc/internet-root.pem'], upstreamProxy: 'none' };
    writeFileSync(
      settings,
      JSON.stringify({ capture, strict, port: 0, network, targets: [{ id: 'origin', kind: 'origin' }], processOwner: { budgetMs: 1000 } }),
    );
    this.agent = this.machine.start(this.net.enter([...before, ...this.heimdall('run', '--settings', settings)]));
    let said = '';
    for (const stream of [this.agent.stdout, this.agent.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    onTestFinished(() => void this.agent?.kill('SIGKILL'));
    let client: ControlClient | undefined;
    const answers = async (): Promise<boolean> =>
      (client ??= await connectControl(controlPath(this.dataDir, 'linux', {})).catch(() => undefined)) !== undefined;
    await eventually(answers, 'the agent').catch(() => undefined);
    if (client === undefined) throw new Error(`The agent did not start: ${said}`);
    const control = client;
    onTestFinished(() => control.close());
    const isSet = async (): Promise<boolean> => {
      // Control answers before there is a certificate.
      const changes = await control.call('machine.look', { groups: ['strict'] }).catch(() => []);
      return changes.some(({ state }) => state === (capture === 'strict' ? 'done' : 'not-done'));
    };
    if (mayFail) return control;
    await eventually(isSet, 'strict capture').catch(async (error: unknown) => {
      throw new Error(`${String(error)} ${JSON.stringify(await control.call('machine.look', { groups: ['strict'] }))} ${said}`);
    });
    // Clients of another user must be able to read it.
    await this.machine.write('/etc/heimdall-root.pem', readFileSync(join(this.dataDir, 'ca.pem'), 'utf8'));
    return control;
  }

  tables(): string {
    return this.net.must('nft', 'list', 'tables');
  }
}

async function records(control: ControlClient, count: number): Promise<readonly AuditRecord[]> {
  const find = async (): Promise<AuditRecord[]> => (await control.call('audit.query', {})).map(({ record }) => record).filter(({ kind }) => kind !== 'note');
  await eventually(async () => (await find()).length >= count, `${count} audit rows`);
  return (await find()).sort((a, b) => a.startedAt - b.startedAt);
}

const chat = [
  '--http1.1',
  '--data',
  question,
  '--header',
  'content-type: application/json',
  '--header',
  'authorization: Bearer sk-test',
  `https://${ai}/v1/chat/completions`,
];

/** Says what a datagram to UDP 443 comes to. */
const datagram = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('error', (error) => { console.log(error.code); process.exit(0); });
  socket.on('message', () => { console.log('answered'); process.exit(0); });
  socket.connect(443, '${there.v4}', () => socket.send('hello'));
  setTimeout(() => { console.log('silence'); process.exit(0); }, 10000);`;

describe('strict capture by nftables', () => {
  it('reads the calls of a program that ignores proxies, and leaves everything else on the same address alone', async () => {
    const world = await World.start();
    expect((await world.runAsUser([process.execPath, '-e', datagram])).stdout).toBe('answered\n');
    const control = await world.startAgent({ method: 'nftables' });
    expect(world.tables()).toContain('table inet heimdall');

    // Intercepted: the program talks to our certificate, over IPv4 and IPv6.
    for (const family of ['-4', '-6']) {
      const answer = await world.curl('/etc/heimdall-root.pem', family, '--fail-with-body', ...chat);
      expect(answer, answer.stderr).toMatchObject({ code: 0 });
      expect(JSON.parse(answer.stdout)).toMatchObject({ object: 'chat.completion' });
    }
    const calls = await records(control, 2);
    for (const call of calls) {
      expect(call).toMatchObject({
        kind: 'exchange',
        outcome: 'forwarded',
        host: ai,
        dialect: 'openai-chat',
        peer: { executable: '/usr/bin/curl', app: 'curl' },
      });
    }

    // The neighbour on the same address: its own certificate, byte for byte its own connection.
    for (const family of ['-4', '-6']) {
      const other = await world.curl('/etc/internet-root.pem', family, `https://${neighbour}/basket`);
      expect(other, other.stderr).toMatchObject({ code: 0 });
    }
    expect((await records(control, 4)).slice(2)).toMatchObject([
      { kind: 'tunnel', outcome: 'tunnelled', host: neighbour, peer: { app: 'curl' } },
      { kind: 'tunnel', outcome: 'tunnelled', host: neighbour, peer: { app: 'curl' } },
    ]);
    const seen = await world.seen();
    expect(seen.serverNames.filter((name) => name === neighbour)).toHaveLength(2);
    expect(seen.requests.map(({ path }) => path).sort()).toEqual(['/basket', '/basket', '/v1/chat/completions', '/v1/chat/completions']);

    // No name in the hello: where it was going is found, and it goes there.
    const nameless = await world.curl('/etc/internet-root.pem', '--insecure', `https://${there.v4}/nameless`);
    expect(nameless, nameless.stderr).toMatchObject({ code: 0 });
    expect((await records(control, 5))[4]).toMatchObject({ kind: 'tunnel', outcome: 'tunnelled', host: there.v4, peer: { app: 'curl' } });

    // QUIC is refused at once, without a datagram on the wire; root is left alone.
    const before = (await world.seen()).datagrams;
    expect((await world.runAsUser([process.execPath, '-e', datagram])).stdout).toBe('ECONNREFUSED\n');
    expect((await world.seen()).datagrams).toBe(before);
    expect((await world.run([process.execPath, '-e', datagram])).stdout).toBe('answered\n');
  }, 120_000);

  it('closes what comes straight to its port and says nothing of where it wants to go', async () => {
    const world = await World.start();
    const control = await world.startAgent({ method: 'nftables' });
    const port = /redirect to :(\d+)/.exec(world.net.must('nft', 'list', 'table', 'inet', 'heimdall'))?.[1] ?? '';
    await world.runAsUser(['curl', '--silent', '--max-time', '15', `http://127.0.0.1:${port}/`]);
    const [row] = await records(control, 1);
    expect(row).toMatchObject({ kind: 'refused', outcome: 'failed-closed', peer: { app: 'curl' } });
    expect(row?.error?.message).toContain('it does not speak TLS, and where it was going could not be found');

    // One that begins a hello and goes no further is not sent on unread either.
    const begin = `const s = require('node:net').connect(443, '${there.v4}', () => s.write(Buffer.from([0x16, 3, 1]))); s.on('error', () => 0).on('close', () => console.log('closed'))`;
    expect((await world.runAsUser([process.execPath, '-e', begin])).stdout).toBe('closed\n');
    const [, slow] = await records(control, 2);
    expect(slow).toMatchObject({ kind: 'refused', outcome: 'failed-closed', peer: { app: 'node' }, error: { code: 'client-handshake' } });
    expect((await world.seen()).connections).toBe(0);
  }, 120_000);

  it('begins at the command, ends at the command, and leaves nothing behind when the agent is killed', async () => {
    const world = await World.start();
    await world.startAgent({ method: 'nftables' }, { capture: 'cooperative' });
    expect(world.tables()).toBe('');
    const setup = await world.run(world.heimdall('setup', '--only', 'strict'));
    expect(setup, setup.stderr).toMatchObject({ code: 0 });
    expect(world.tables()).toContain('table inet heimdall');
    expect(await world.run(world.heimdall('setup', '--only', 'strict', '--undo'))).toMatchObject({ code: 0 });
    expect(world.tables()).toBe('');

    await world.run(world.heimdall('setup', '--only', 'strict'));
    expect(world.tables()).toContain('table inet heimdall');
    world.agent?.kill('SIGKILL');
    // The watchdog is faster than a person.
    await eventually(() => world.tables() === '', 'the table to be gone');
    const direct = await world.curl('/etc/internet-root.pem', `https://${ai}/direct`);
    expect(direct, direct.stderr).toMatchObject({ code: 0 });
  }, 120_000);

  it('is taken back by `restore` where the watchdog was killed as well', async () => {
    const world = await World.start();
    await world.startAgent({ method: 'nftables' });
    const watchdog = Number((await world.run(['pgrep', '-f', `watchdog --data-dir ${world.dataDir}`])).stdout);
    process.kill(watchdog, 'SIGKILL');
    world.agent?.kill('SIGKILL');
    await eventually(() => world.agent?.signalCode !== null, 'the end of the agent');
    expect(world.tables()).toContain('table inet heimdall');
    const restored = await world.run(world.heimdall('restore', '--json'));
    expect(JSON.parse(restored.stdout)).toMatchObject({ restored: [{ surface: 'strict.nftables', outcome: 'restored' }] });
    expect(world.tables()).toBe('');
  }, 120_000);

  it('captures programs of root as well where the agent is a service', async () => {
    const world = await World.start();
    const group = `/sys/fs/cgroup/heimdall-test-${process.pid}.service`;
    // As systemd would: version 2 alone, and a group for the agent.
    await world.machine.must(['sh', '-c', `mount -t cgroup2 none /sys/fs/cgroup && mkdir ${group}`]);
    const join = ['sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh'];
    try {
      await world.startAgent({ method: 'nftables' }, { before: join });
      expect(world.net.must('nft', 'list', 'table', 'inet', 'heimdall')).toContain('socket cgroupv2 level 1');
      const answer = await world.run(['curl', '--silent', '--show-error', '--max-time', '15', '--cacert', '/etc/heimdall-root.pem', ...chat]);
      expect(answer, answer.stderr).toMatchObject({ code: 0 });
      expect((await world.seen()).requests.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
    } finally {
      world.agent?.kill('SIGTERM');
      await eventually(async () => (await world.machine.run(['rmdir', group])).code === 0, 'the end of the group');
    }
    // An agent that is asked to stop takes it back itself.
    expect(world.tables()).toBe('');
  }, 120_000);
});

it('writes what nft takes, and reads back what it has written', async () => {
  const net = await NetworkNamespace.start();
  const value = tableValue(15443, { kind: 'uid', uid: 0 });
  net.must('nft', removal);
  net.must('nft', installation(value, ['203.0.113.5', '2001:db8::5']));
  expect(hasTable(net.must('nft', '-j', 'list', 'tables'))).toBe(true);
  expect(readTable(net.must('nft', '-n', '-j', 'list', 'table', 'inet', 'heimdall'))).toEqual(value);
  // Elements carry what is left of their time, in seconds.
  const left = (): readonly number[] =>
    [...net.must('nft', '-j', 'list', 'set', 'inet', 'heimdall', 'catalog4').matchAll(/"expires": (\d+)/g)].map((found) => Number(found[1]));
  const [first = 0] = left();
  await eventually(() => (left()[0] ?? first) < first, 'the time to run');
  const [before = 0] = left();
  net.must('nft', confirmation(['203.0.113.5', '203.0.113.6', '2001:db8::6']) ?? '');
  expect(left()).toHaveLength(2);
  for (const each of left()) expect(each).toBeGreaterThan(before);
  // A second time, and over a table that somebody has changed.
  net.must('nft', 'add rule inet heimdall to_agent counter');
  expect(readTable(net.must('nft', '-n', '-j', 'list', 'table', 'inet', 'heimdall'))).not.toEqual(value);
  net.must('nft', installation(value, []));
  expect(readTable(net.must('nft', '-n', '-j', 'list', 'table', 'inet', 'heimdall'))).toEqual(value);
  net.must('nft', removal);
  expect(net.must('nft', 'list', 'ruleset')).toBe('');
});

describe('strict capture by the hosts file', () => {
  it('says so where it was asked for and cannot stand, changes nothing, and stands once it can', async () => {
    const world = await World.start();
    const original = await world.machine.must(['cat', '/etc/hosts']);
    const holder = world.machine.start(world.net.enter([process.execPath, '-e', "require('node:net').createServer().listen(443, '127.0.0.1')"]));
    onTestFinished(() => void holder.kill('SIGKILL'));
    await eventually(async () => /:443\b/.test((await world.run(['ss', '-tln'])).stdout), 'the holder of the port');
    const control = await world.startAgent({ method: 'hosts' }, { mayFail: true });
    const warning = async (): Promise<string | undefined> => (await control.call('status.get', {})).warnings.find(({ code }) => code === 'strict-off')?.text;
    await eventually(async () => (await warning().catch(() => undefined)) !== undefined, 'the warning');
    expect(await warning()).toMatch(/port 443.*Another program holds port 443 on 127\.0\.0\.1/);
    expect(await world.machine.must(['cat', '/etc/hosts'])).toBe(original);

    holder.kill('SIGKILL');
    await eventually(async () => !/:443\b/.test((await world.run(['ss', '-tln'])).stdout), 'the port to be free');
    expect(await world.run(world.heimdall('setup', '--only', 'strict'))).toMatchObject({ code: 0 });
    expect(await warning()).toBeUndefined();
    expect(await world.machine.must(['cat', '/etc/hosts'])).toContain(`\n127.0.0.1 ${ai}\n`);
  }, 120_000);

  it('reads the calls, reaches the real host, and puts the file back byte for byte', async () => {
    const world = await World.start();
    const original = '127.0.0.1 localhost\n# mine, without an end of line';
    await world.machine.write('/etc/hosts', original);
    const control = await world.startAgent({ method: 'hosts' });
    expect(await world.machine.must(['cat', '/etc/hosts'])).toContain(`\n127.0.0.1 ${ai}\n::1 ${ai}\n`);
    for (const family of ['-4', '-6']) {
      const answer = await world.curl('/etc/heimdall-root.pem', family, '--fail-with-body', ...chat);
      expect(answer, answer.stderr).toMatchObject({ code: 0 });
    }
    expect(await records(control, 2)).toMatchObject([
      { kind: 'exchange', outcome: 'forwarded', host: ai, peer: { app: 'curl' } },
      { kind: 'exchange', outcome: 'forwarded', host: ai, peer: { app: 'curl' } },
    ]);
    expect((await world.seen()).requests).toHaveLength(2);
    world.agent?.kill('SIGKILL');
    await eventually(async () => (await world.machine.must(['cat', '/etc/hosts'])) === original, 'the hosts file as it was');
    const direct = await world.curl('/etc/internet-root.pem', `https://${ai}/direct`);
    expect(direct, direct.stderr).toMatchObject({ code: 0 });
  }, 120_000);
});

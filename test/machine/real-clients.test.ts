// Real programs with nothing but what `heimdall setup` wired: each is seen, with its own process, and trusts what it is shown.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRow } from '../../src/contract/audit.ts';
import type { AppRow } from '../../src/contract/usage.ts';
import { eventually } from '../integration/eventually.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { end, heimdall, startAgent } from './machine-agent.ts';
import type { MachineAgent } from './machine-agent.ts';
import { populate } from './populated-home.ts';
import { ThrowAwayMachine } from './throw-away-machine.ts';
import type { ProgramEnd } from './throw-away-machine.ts';
import { differences } from './tree.ts';
import type { Snapshot } from './tree.ts';

const chat = { url: 'https://api.openai.com/v1/chat/completions', body: '{"model":"gpt-5-mini","messages":[{"role":"user","content":"who is there"}]}' };
const claude = join(import.meta.dirname, '../../node_modules/.bin/claude');

const javaClient = `
import java.net.URI;
import java.net.http.*;
public class Client {
  public static void main(String[] args) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("${chat.url}")).header("content-type", "application/json")
      .POST(HttpRequest.BodyPublishers.ofString(${JSON.stringify(chat.body)})).build();
    System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
  }
}`;

const nodeClient = `
const answer = await fetch("${chat.url}", { method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(chat.body)} });
console.log(await answer.text());
`;

/** The session of a GNOME desktop, as programs with a window see it. */
const desktop = { XDG_CURRENT_DESKTOP: 'GNOME', XDG_SESSION_TYPE: 'tty' };

interface Client {
  readonly name: string;
  /** Catalog id the rows must carry. */
  readonly app: string;
  readonly host: string;
  /** Run by a login shell: a new terminal, nothing more. */
  readonly shell?: string;
  /** Or started by the desktop, without any shell. */
  readonly desktop?: readonly string[];
  /** What it must print; absent where it prints nothing of the answer. */
  readonly says?: RegExp;
  /** False: what it asks for is no inference, so there was nothing for policy to judge. */
  readonly enforced?: false;
}

const answer = /who is there/;
const clients: readonly Client[] = [
  { name: 'curl', app: 'curl', host: 'api.openai.com', shell: `curl -sS -H 'content-type: application/json' -d '${chat.body}' ${chat.url}`, says: answer },
  {
    name: 'Node fetch',
    app: 'node',
    host: 'api.openai.com',
    // A login shell finds the system's Node first, which may be too old to follow the variables: 22.21 is the first that does.
    shell: `${process.execPath} client.mjs`,
    says: answer,
  },
  {
    name: 'Python requests',
    app: 'python',
    host: 'api.openai.com',
    shell: `/usr/bin/python3 -c 'import requests; print(requests.post("${chat.url}", data="""${chat.body}""", headers={"content-type": "application/json"}).text)'`,
    says: answer,
  },
  {
    name: 'Python httpx',
    app: 'python',
    host: 'api.openai.com',
    shell: `/usr/bin/python3 -c 'import httpx; print(httpx.post("${chat.url}", content="""${chat.body}""", headers={"content-type": "application/json"}).text)'`,
    says: answer,
  },
  { name: 'Java HttpClient', app: 'java', host: 'api.openai.com', shell: 'java Client.java', says: answer },
  { name: 'git', app: 'git', host: 'api.openai.com', shell: 'git ls-remote https://api.openai.com/nobody/nothing.git; true', enforced: false },
  {
    name: 'Claude Code',
    app: 'claude-code',
    host: 'api.anthropic.com',
    shell: `ANTHROPIC_API_KEY=sk-ant-api03-machine-0000 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 ${claude} -p 'who is there'`,
    says: answer,
  },
  {
    name: 'Chromium',
    app: 'chromium',
    host: 'api.openai.com',
    desktop: [
      'chromium',
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
      '--dump-dom',
      'https://api.openai.com/',
    ],
    says: /Origin page/,
    enforced: false,
  },
  {
    name: 'Firefox',
    app: 'firefox',
    host: 'api.openai.com',
    desktop: [
      'timeout',
      '60',
      'firefox-esr',
      '--headless',
      '--profile',
      '.mozilla/firefox/abcd.default-esr',
      '--screenshot',
      'page.png',
      'https://api.openai.com/',
    ],
    enforced: false,
  },
];

describe('a machine wired by `heimdall setup` alone', () => {
  let machine: ThrowAwayMachine;
  let provider: FakeProvider;
  let agent: MachineAgent;
  let untouched: Snapshot;
  const ours = ['.local'];

  beforeAll(async () => {
    machine = await ThrowAwayMachine.start(afterAll);
    await populate(machine);
    provider = await startFakeProvider();
    provider.behave(({ path }) =>
      path === '/'
        ? { answer: { status: 200, headers: ['content-type', 'text/html; charset=utf-8'], chunks: ['<!doctype html><title>x</title><h1>Origin page</h1>'] } }
        : undefined,
    );
    const hosts = ['api.openai.com', 'api.anthropic.com'].map((host) => `    ${host}: 127.0.0.1:${provider.port}`);
    await machine.write('.config/heimdall/upstream.pem', provider.root);
    await machine.write(
      '.config/heimdall/settings.yaml',
      [
        'targets:',
        '  - { id: origin, kind: origin }',
        'network:',
        '  connectTo:',
        ...hosts,
        `  extraRoots: [${join(machine.home, '.config/heimdall/upstream.pem')}]`,
        '',
      ].join('\n'),
    );
    await machine.write('Client.java', javaClient);
    await machine.write('client.mjs', nodeClient);
    untouched = await machine.snapshot(ours);
    agent = await startAgent(machine);
    const { code, stdout, stderr } = await heimdall(machine, 'setup');
    process.stdout.write(`${stdout}\n`);
    expect(code, stdout + stderr).toBe(0);
  }, 300_000);
  afterAll(async () => {
    await provider.close();
  });

  const rowsOf = async (app: string): Promise<readonly AuditRow[]> =>
    JSON.parse((await heimdall(machine, 'audit', 'list', '--app', app, '--json')).stdout) as AuditRow[];

  it.each(clients)('sees $name', { timeout: 180_000 }, async ({ name, app, host, shell, desktop: command, says }) => {
    const before = (await rowsOf(app)).length;
    const ran: ProgramEnd =
      shell === undefined
        ? await machine.run(command ?? [], { env: desktop, timeoutMs: 90_000 })
        : await machine.run(['env', '-i', `HOME=${machine.home}`, `PATH=${machine.env['PATH'] ?? ''}`, 'LANG=C.UTF-8', 'bash', '-lc', shell], {
            timeoutMs: 120_000,
          });
    if (says !== undefined) expect(ran.stdout, `${name}: ${ran.stderr}`).toMatch(says);
    await eventually(async () => (await rowsOf(app)).length > before, `a row of ${name}; it said ${ran.stdout.slice(0, 500)} ${ran.stderr.slice(0, 1000)}`);
    const rows = (await rowsOf(app)).slice(0, (await rowsOf(app)).length - before);
    // What answered its client was also recorded so; a browser breaks off calls of its own beside it.
    const seen = rows.find(
      ({ record }) => record.kind === 'exchange' && record.host === host && (says === undefined || /^(forwarded|native)$/.test(record.outcome)),
    );
    expect(seen?.record.peer?.app, JSON.stringify(rows.map(({ record }) => [record.kind, record.host, record.outcome, record.error]))).toBe(app);
  });

  it('has a matrix that is true for each of them', { timeout: 120_000 }, async () => {
    const { stdout, stderr } = await heimdall(machine, 'apps', '--json');
    const apps = JSON.parse(stdout) as { readonly apps: readonly AppRow[] };
    const steps = new Map(apps.apps.map(({ id, coverage }) => [id, coverage]));
    for (const { name, app, enforced } of clients) {
      const coverage = steps.get(app);
      const states = Object.fromEntries(Object.entries(coverage ?? {}).map(([step, { state }]) => [step, state]));
      expect(states, `${name}: ${JSON.stringify(coverage)} ${stderr}`).toMatchObject({
        wired: 'yes',
        trusted: 'yes',
        observed: 'yes',
        ...(enforced === false ? {} : { enforced: 'yes' }),
      });
    }
  });

  it('is as it was after kill -9 and restore', { timeout: 120_000 }, async () => {
    await end(agent, 'SIGKILL');
    const { code, stdout } = await heimdall(machine, 'restore');
    expect(code, stdout).toBe(0);
    // What the programs above have written for themselves is not ours to take away.
    const ownDoing =
      /^(~\/(\.claude|\.claude\.json|\.mozilla|\.config\/chromium|\.config\/heimdall|\.config\/mozilla|\.java|\.cache|\.local|page\.png|Client\.java|client\.mjs|Downloads|\.pki\/nssdb\/[^/]*-journal)|\/var\/|\/etc\/[^/]*\/?$)/;
    expect(differences(untouched, await machine.snapshot(ours)).filter((line) => !ownDoing.test(line))).toEqual([]);
  });
});

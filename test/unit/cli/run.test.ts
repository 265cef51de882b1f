import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectControl } from '../../../src/control/client.ts';
import { controlPath } from '../../../src/control/path.ts';
import type { AgentStatus } from '../../../src/contract/status.ts';
import { temporaryFolder } from './fixture.ts';

const root = join(import.meta.dirname, '../../..');
const main = join(root, 'src/main.ts');

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly dir: string;
  /** The next event of `run --json`. */
  next(): Promise<Record<string, unknown>>;
  readonly exit: Promise<readonly [number | null, NodeJS.Signals | null]>;
}

function start(argv: readonly string[], options: { program?: string; home?: string; env?: Record<string, string> } = {}): Started {
  const home = options.home ?? temporaryFolder();
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, ...options.env };
  const child = spawn(process.execPath, [options.program ?? main, 'run', '--json', ...argv], { env, cwd: home });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    dir: join(home, '.local/share/heimdall'),
    next: async () => JSON.parse(((await lines.next()) as { value?: string }).value ?? '{}') as Record<string, unknown>,
    exit: once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  };
}

async function stderrOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  let text = '';
  for await (const chunk of child.stderr as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

describe('heimdall run', () => {
  test.each([
    ['src/main.ts', main],
    ['bin/heimdall.js', join(root, 'bin/heimdall.js')],
  ])('by %s starts without a terminal, says so, and stops cleanly on a signal', async (_name, program) => {
    const agent = start(['--port', '0'], { program });
    expect(await agent.next()).toMatchObject({ event: 'started', status: { state: 'protected' } });
    agent.child.kill('SIGTERM');
    let event = await agent.next();
    while (event['event'] === 'row') event = await agent.next();
    expect(event).toMatchObject({ event: 'stopped', signal: 'SIGTERM', counters: { exchanges: 0 } });
    expect(await agent.exit).toEqual([0, null]);
    expect(existsSync(controlPath(agent.dir, 'linux', {}))).toBe(false);
    expect(readFileSync(join(agent.dir, 'logs/heimdall.log'), 'utf8')).toContain('agent stopped');
  });

  test.each([
    ['an error', "throw new TypeError('boom')"],
    ['a rejection', "Promise.reject(new TypeError('boom'))"],
  ])('that meets %s nobody caught says so, stops in good order and asks for a restart by its exit code', async (_what, code) => {
    const program = join(temporaryFolder(), 'faulty.mjs');
    writeFileSync(program, `process.on('SIGUSR2', () => { ${code} });\nawait import(${JSON.stringify(pathToFileURL(main).href)});\n`);
    const agent = start(['--port', '0'], { program });
    const words = stderrOf(agent.child);
    await agent.next();
    agent.child.kill('SIGUSR2');
    let event = await agent.next();
    while (event['event'] === 'row') event = await agent.next();
    expect(event).toMatchObject({ event: 'stopped', signal: 'a fault' });
    expect(await agent.exit).toEqual([70, null]);
    expect(await words).toContain('boom');
    expect(readFileSync(join(agent.dir, 'logs/heimdall.log'), 'utf8')).toMatch(/boom[^]*"crash"[^]*agent stopped/);
    expect(existsSync(controlPath(agent.dir, 'linux', {}))).toBe(false);
  });

  test('stops on request over control', async () => {
    const agent = start(['--port', '0']);
    await agent.next();
    const client = await connectControl(controlPath(agent.dir, 'linux', {}));
    onTestFinished(() => client.close());
    expect(await client.call('agent.stop', {})).toEqual({ stopping: true });
    expect(await agent.exit).toEqual([0, null]);
  });

  test('says who holds a busy port, and takes another', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const agent = start(['--port', String(port)]);
    const started = (await agent.next()) as { notice: string; status: AgentStatus };
    expect(started.notice).toContain(`Port ${port} was busy.`);
    expect(started.notice).toContain(`(process ${process.pid}) holds it`);
    expect(started.status.proxy.port).not.toBe(port);
    expect(started.status.warnings.map(({ code }) => code)).toContain('port-fallback');
  });

  test('stops with 5 at a busy port where the settings allow no other', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const home = temporaryFolder();
    writeFileSync(join(home, 's.yaml'), `port: ${(other.address() as AddressInfo).port}\nportFallback: false\n`);
    const agent = start(['--settings', 's.yaml'], { home });
    expect(await stderrOf(agent.child)).toContain(`(process ${process.pid}) holds it`);
    expect(await agent.exit).toEqual([5, null]);
  });

  test('stops with 5 where an agent runs on the same data folder, which is not disturbed', async () => {
    const home = temporaryFolder();
    const first = start(['--port', '0'], { home });
    await first.next();
    const second = start(['--port', '0'], { home });
    expect(JSON.parse(await stderrOf(second.child))).toMatchObject({ error: { code: 'already-running' }, exitCode: 5 });
    expect(await second.exit).toEqual([5, null]);
    const client = await connectControl(controlPath(first.dir, 'linux', {}));
    onTestFinished(() => client.close());
    expect(await client.call('status.get', {})).toMatchObject({ state: 'protected' });
  });

  test('stops with 78 at settings that are not valid, and names the place', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 's.yaml'), 'prot: 1\n');
    const agent = start(['--settings', 's.yaml'], { home });
    expect(await stderrOf(agent.child)).toContain('s.yaml:1:1');
    expect(await agent.exit).toEqual([78, null]);
  });

  test('keeps a virtual key out of what it prints, logs and shows in its arguments', async () => {
    const agent = start(['--port', '0', '--log-level', 'debug'], {
      env: { HEIMDALL_GATEWAY_URL: 'http://127.0.0.1:9', HEIMDALL_VIRTUAL_KEY: 'sk-bf-s3cret-s3cret' },
    });
    const started = await agent.next();
    expect(started).toMatchObject({ status: { targets: [{ id: 'gateway', kind: 'gateway' }] } });
    expect(JSON.stringify(started)).not.toContain('s3cret');
    agent.child.kill('SIGINT');
    await agent.exit;
    expect(readFileSync(join(agent.dir, 'logs/heimdall.log'), 'utf8')).not.toContain('s3cret');
  });
});

test('in a terminal without --json it prints the lines to try', async () => {
  const home = temporaryFolder();
  const child = spawn(process.execPath, [main, 'run', '--port', '0'], { env: { PATH: process.env['PATH'] ?? '', HOME: home }, cwd: home });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.includes('Ctrl-C stops')) break;
  }
  for (const words of [
    'protected:',
    'curl -x http://127.0.0.1:',
    '--cacert',
    'HTTPS_PROXY=',
    'NODE_EXTRA_CA_CERTS=',
    'NODE_USE_ENV_PROXY=1',
    'claude -p',
    'simulator',
  ])
    expect(text).toContain(words);
});

test('completion knows commands, options and their values', () => {
  const complete = (...words: string[]) => execFileSync(process.execPath, [main, 'complete', '--', ...words], { encoding: 'utf8' });
  expect(complete('audit', '')).toMatch(/^list\b[\s\S]*^verify\b/m);
  expect(complete('audit', 'list', '--decision', '')).toMatch(/^allow\s+^block\s+^redact/m);
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    expect(execFileSync(process.execPath, [main, 'completion', shell], { encoding: 'utf8' })).toContain('heimdall');
  }
});

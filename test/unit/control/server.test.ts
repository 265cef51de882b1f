import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectControl } from '../../../src/control/client.ts';
import type { PolicyInfo, Snapshot } from '../../../src/contract/control.ts';
import { AgentError } from '../../../src/contract/errors.ts';
import { handlers, rawClient, row, startServer, status, temporaryFolder } from './fixture.ts';

const source = join(import.meta.dirname, '../../../src/control/server.ts');
const withCode = (code: string): unknown => expect.objectContaining({ code });

describe('the socket', () => {
  test('is for its owner alone', async () => {
    const { path } = await startServer();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  test('of a living agent is left alone, and the second agent is told', async () => {
    const { path } = await startServer();
    await expect(startServer({ path })).rejects.toEqual(withCode('already-running'));
    const client = await connectControl(path);
    await expect(client.call('status.get', {})).resolves.toEqual(status);
    client.close();
  });

  test('of an agent that was killed is replaced', async () => {
    const path = join(temporaryFolder(), 'run', 'control.sock');
    const script = `const { serveControl } = await import(process.argv[1]); await serveControl({ path: process.argv[2], handlers: {}, snapshot: () => ({}), version: 'x' }); console.log('up');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, source, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(path)).toBe(true);
    await startServer({ path });
    (await connectControl(path)).close();
  });

  test('whose place is taken by a plain file is replaced', async () => {
    const first = await startServer();
    await first.close();
    writeFileSync(first.path, 'not a socket');
    await startServer({ path: first.path });
    (await connectControl(first.path)).close();
  });

  test('is gone after close, even with a client that never reads', async () => {
    const server = await startServer();
    const client = rawClient(server.path);
    client.greet();
    await vi.waitFor(() => expect(client.frames).toHaveLength(1));
    client.socket.pause();
    await server.close();
    expect(existsSync(server.path)).toBe(false);
  });
});

describe('a client that does not keep to the wire', () => {
  test.each([
    ['malformed JSON', 'nonsense\n'],
    ['an array', '[1]\n'],
    ['another contract', '{"heimdall":{"contract":99}}\n'],
    ['a request before the greeting', '{"id":1,"method":"status.get"}\n'],
  ])('that greets with %s is told why and cut off', async (_name, line) => {
    const client = rawClient((await startServer()).path);
    client.write(line);
    await client.closed;
    expect(client.frames.at(-1)).toMatchObject({ id: null, error: { code: 'control-bad-request' } });
  });

  test('that sends a frame over the cap is told why and cut off', async () => {
    const client = rawClient((await startServer()).path);
    client.greet();
    client.write('x'.repeat(1_100_000));
    await client.closed;
    expect(client.frames.at(-1)).toMatchObject({ error: { code: 'control-bad-request' } });
  });

  test.each([
    ['not JSON', '{oops\n', null, 'control-bad-request'],
    ['without id', '{"method":"status.get"}\n', null, 'control-bad-request'],
    ['without method', '{"id":5}\n', null, 'control-bad-request'],
    ['of an unknown method', '{"id":5,"method":"nope"}\n', 5, 'control-unknown-method'],
    ['of a method that every object has', '{"id":5,"method":"constructor"}\n', 5, 'control-unknown-method'],
    ['with wrong params', '{"id":5,"method":"agent.pause","params":{"minutes":"x"}}\n', 5, 'control-bad-params'],
    ['with params too many', '{"id":5,"method":"status.get","params":{"x":1}}\n', 5, 'control-bad-params'],
  ])('is answered an error for a request %s, and the next one works', async (_name, line, id, code) => {
    const client = rawClient((await startServer()).path);
    client.greet();
    client.write(line);
    client.write('{"id":6,"method":"status.get","params":{}}\n');
    await vi.waitFor(() => expect(client.frames).toHaveLength(3));
    expect(client.frames[1]).toMatchObject({ id, error: { code } });
    expect(client.frames[2]).toEqual({ id: 6, result: status });
  });

  test('that leaves in the middle of a frame has asked nothing', async () => {
    const stop = vi.fn(handlers['agent.stop']);
    const server = await startServer({ handlers: { ...handlers, 'agent.stop': stop } });
    const client = rawClient(server.path);
    client.greet();
    client.socket.end('{"id":1,"method":"agent.stop","params":{}}');
    await client.closed;
    expect(stop).not.toHaveBeenCalled();
  });
});

describe('a handler', () => {
  test('that fails gives a typed error, and an unexpected one is reported', async () => {
    const faults: string[] = [];
    const server = await startServer({
      onFault: (method) => faults.push(method),
      handlers: {
        ...handlers,
        'audit.verify': () => {
          throw new AgentError('audit-unusable', 'The file is gone.');
        },
        'ca.get': () => Promise.reject(new TypeError('surprise')),
      },
    });
    const client = await connectControl(server.path);
    onTestFinished(() => client.close());
    await expect(client.call('audit.verify', {})).rejects.toMatchObject({ code: 'audit-unusable', message: 'The file is gone.' });
    await expect(client.call('ca.get', {})).rejects.toMatchObject({ code: 'control-failed', message: 'surprise' });
    expect(faults).toEqual(['ca.get']);
  });

  test('gets parsed params, defaults filled in', async () => {
    const query = vi.fn(handlers['audit.query']);
    const client = await connectControl((await startServer({ handlers: { ...handlers, 'audit.query': query } })).path);
    onTestFinished(() => client.close());
    await client.call('audit.query', { host: 'x' });
    expect(query).toHaveBeenCalledWith({ host: 'x', limit: 50 });
  });

  test('that takes long does not hold up the next request', async () => {
    const gate = Promise.withResolvers<PolicyInfo>();
    const client = await connectControl((await startServer({ handlers: { ...handlers, 'policy.get': () => gate.promise } })).path);
    onTestFinished(() => client.close());
    const slow = client.call('policy.get', {});
    await expect(client.call('status.get', {})).resolves.toEqual(status);
    gate.resolve({ revision: 'r', source: 's', policy: {}, rejected: undefined, origin: 'default', parts: [] });
    await expect(slow).resolves.toMatchObject({ revision: 'r' });
  });
});

describe('watching', () => {
  test('begins with a snapshot and goes on with deltas, for watchers alone', async () => {
    const server = await startServer();
    const [watcher, other] = [rawClient(server.path), rawClient(server.path)];
    watcher.greet();
    other.greet();
    watcher.write('{"id":1,"method":"watch","params":{}}\n');
    other.write('{"id":1,"method":"status.get","params":{}}\n');
    await vi.waitFor(() => expect(watcher.frames).toHaveLength(3));
    await vi.waitFor(() => expect(other.frames).toHaveLength(2));
    server.emit('audit.appended', [row(1)]);
    await vi.waitFor(() => expect(watcher.frames).toHaveLength(4));
    expect(watcher.frames.slice(1)).toEqual([
      { id: 1, result: { watching: true } },
      { event: 'snapshot', data: { status, recent: [], questions: [] } },
      { event: 'audit.appended', data: [row(1)] },
    ]);
    expect(other.frames).toHaveLength(2);
  });

  test('slowly costs the agent bounded memory, and ends in a fresh snapshot without a gap after it', async () => {
    let last = 0;
    const snapshot = (): Snapshot => ({ status, recent: [row(last)], questions: [] });
    const server = await startServer({ snapshot });
    const watcher = rawClient(server.path);
    watcher.greet();
    watcher.write('{"id":1,"method":"watch","params":{}}\n');
    await vi.waitFor(() => expect(watcher.frames).toHaveLength(3));
    watcher.socket.pause();
    const filler = 'x'.repeat(10_000);
    for (last = 1; last <= 2_000; last += 1) server.emit('audit.appended', [row(last, filler)]);
    last -= 1;
    watcher.socket.resume();
    await vi.waitFor(() => expect(watcher.frames.at(-1)).toMatchObject({ event: 'snapshot', data: { recent: [{ seq: 2_000 }] } }));
    expect(watcher.frames.length).toBeLessThan(1_000);
    const seqs = watcher.frames.filter((frame) => frame['event'] === 'audit.appended').map((frame) => (frame['data'] as { seq: number }[])[0]?.seq);
    expect(seqs).toEqual(Array.from(seqs, (_unused, index) => index + 1));
    server.emit('audit.appended', [row(2_001)]);
    await vi.waitFor(() => expect(watcher.frames.at(-1)).toEqual({ event: 'audit.appended', data: [row(2_001)] }));
  });
});

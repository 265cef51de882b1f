import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAudit } from '../../src/audit/log.ts';
import { startFakeGateway } from '../fakes/gateway.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import type { Behaviour } from '../fakes/behaviour.ts';
import { eventually } from './eventually.ts';
import { dialects, hostsOfDialects, inferenceCall } from './inference-call.ts';
import { call, dial, openHttp2, openTls, openWire, readStream, Wire } from './proxy-client.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';

const acts = [
  'plain',
  'stream',
  'native',
  'blocked',
  'over-h2',
  'h2-reset',
  'aborts-upload',
  'aborts-stream',
  'origin-reset',
  'stream-breaks',
  'provider-error',
  'unreadable',
  'refused-connect',
] as const;
type Act = (typeof acts)[number];

/** What the provider does for each act; a header names it. */
const behaviours: Partial<Record<Act, Behaviour>> = {
  'aborts-stream': { paceMs: 30 },
  'h2-reset': { paceMs: 30 },
  'origin-reset': { instead: 'reset' },
  'stream-breaks': { breakAfter: { chunks: 2, how: 'destroy' } },
  'provider-error': { vendorError: { status: 429, message: 'later' } },
};

async function perform(act: Act, running: RunningAgent, turn: number): Promise<void> {
  const dialect = dialects[turn % 3] ?? 'openai-chat';
  const streams = act === 'stream' || act === 'h2-reset' || act === 'aborts-stream' || act === 'stream-breaks';
  const plain = inferenceCall(dialect, `turn ${turn}`, { stream: streams, model: act });
  const request = { ...plain, headers: { ...plain.headers, 'x-act': act } };
  const body = String(request.body);
  if (act === 'refused-connect') {
    const wire = dial(running);
    wire.send('CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: x\r\n\r\n');
    await wire.untilClosed();
  } else if (act === 'native') {
    await call(running, request.host, { path: `/v1/models/${act}` });
  } else if (act === 'unreadable') {
    await call(running, request.host, { ...request, body: body.slice(0, -5) });
  } else if (act === 'over-h2' || act === 'h2-reset') {
    const session = await openHttp2(running, request.host);
    const stream = session.request({ ':method': 'POST', ':path': request.path, ...request.headers });
    stream.end(body);
    if (act === 'over-h2') await readStream(stream);
    else {
      await new Promise((resolve) => stream.once('data', resolve));
      stream.close(8);
    }
    if (act === 'over-h2') session.close();
  } else if (act === 'aborts-upload' || act === 'aborts-stream') {
    const wire = new Wire(await openTls(running, request.host));
    const sent = act === 'aborts-upload' ? body.slice(0, 10) : body;
    wire.send(
      `POST ${request.path} HTTP/1.1\r\nHost: ${request.host}\r\nContent-Type: application/json\r\nX-Act: ${act}\r\nContent-Length: ${body.length}\r\n\r\n${sent}`,
    );
    if (act === 'aborts-stream') await wire.until((text) => text.includes('data:'));
    else await new Promise((resolve) => setTimeout(resolve, 20));
    wire.socket.destroy();
  } else {
    await call(running, request.host, request).catch(() => undefined);
  }
}

describe('the audit log', () => {
  it('holds every exchange exactly once, whatever became of it', { timeout: 120_000 }, async () => {
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    // The body has not come when the provider is asked what to do: the act travels in a header.
    provider.behave((request) => behaviours[request.header('x-act') as Act]);
    const policy = { version: 1, failures: { onUnreadable: 'closed' }, rules: [{ id: 'no', when: { model: 'blocked' }, action: 'block' }] };
    const running = await runAgent({ policy, hosts: Object.fromEntries(hostsOfDialects.map((host) => [host, provider])) });
    const plan = fc.sample(fc.constantFrom(...acts), { numRuns: 200, seed: 7 });
    for (let at = 0; at < plan.length; at += 8) {
      await Promise.all(plan.slice(at, at + 8).map((act, index) => perform(act, running, at + index)));
    }
    const rows = await running.rows(plan.length);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await running.rows()).toHaveLength(plan.length);
    expect(new Set(rows.map(({ record }) => record.id)).size).toBe(plan.length);
    const count = (list: readonly string[], of: string): number => list.filter((each) => each === of).length;
    const outcomes = rows.map(({ record }) => record.outcome as string);
    expect(count(outcomes, 'refused')).toBe(count(plan, 'blocked'));
    expect(count(outcomes, 'native')).toBe(count(plan, 'native'));
    expect(count(outcomes, 'client-aborted')).toBe(count(plan, 'aborts-upload') + count(plan, 'aborts-stream') + count(plan, 'h2-reset'));
    expect(rows.filter(({ record }) => record.kind === 'refused')).toHaveLength(count(plan, 'refused-connect'));
    expect(rows.filter(({ record }) => record.status === 429)).toHaveLength(count(plan, 'provider-error'));
    expect(rows.filter(({ record }) => record.error?.code === 'upstream-closed')).toHaveLength(count(plan, 'origin-reset') + count(plan, 'stream-breaks'));
    const control = await running.control();
    expect(await control.call('audit.verify', {})).toMatchObject({ ok: true, faults: [] });
    expect(running.agent.status().counters.exchanges).toBe(plan.length - count(plan, 'refused-connect'));
  });

  it('holds an exchange once though several targets were tried', async () => {
    const gateway = await startFakeGateway();
    onTestFinished(() => gateway.close());
    gateway.behave({ instead: 'reset' });
    const targets = ['a', 'b', 'c'].map((id) => ({ id, kind: 'gateway' as const, url: gateway.url, virtualKey: 'sk-bf-test' }));
    const running = await runAgent({ targets });
    const request = inferenceCall('openai-chat', 'hello');
    await call(running, request.host, request);
    const record = await running.onlyRecord();
    expect(record.attempts?.map(({ target }) => target)).toEqual(['a', 'b', 'c', 'a']);
  });

  it('holds no text of prompt or answer, no credential and no query', async () => {
    const running = await runAgent({ targets: [{ id: 'sim', kind: 'simulator' }] });
    const request = inferenceCall('gemini', 'the-prompt-itself AKIAIOSFODNN7EXAMPLQ');
    await call(running, request.host, { ...request, path: `${request.path}?key=query-secret` });
    const text = JSON.stringify(await running.rows(1));
    for (const secret of ['the-prompt-itself', 'AKIAIOSFODNN7', 'query-secret', 'client-own']) expect(text).not.toContain(secret);
  });

  it('verifies after the agent was killed in the middle of its work, and goes on from there', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    const child = spawn(process.execPath, [join(import.meta.dirname, 'agent-process.ts'), join(folder, 'data')], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const { port, caFile } = await new Promise<{ port: number; caFile: string }>((resolve) =>
      child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as { port: number; caFile: string })),
    );
    const proxy = { port, caFile };
    const request = inferenceCall('openai-chat', 'hello');
    let answered = 0;
    const worker = async (): Promise<void> => {
      for (;;) {
        await call(proxy, request.host, request);
        answered += 1;
      }
    };
    const work = Promise.allSettled(Array.from({ length: 4 }, worker));
    await eventually(() => answered >= 40, 'some work');
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await work;
    const afterwards = dial(proxy);
    await afterwards.untilClosed();
    expect(afterwards.error?.code).toBe('ECONNREFUSED');
    const audit = await openAudit({ dir: join(folder, 'data'), retentionDays: 90 });
    expect(await audit.verify()).toMatchObject({ ok: true, faults: [] });
    const before = audit.rows;
    expect(before).toBeGreaterThan(0);
    await audit.close();

    const running = await runAgent({ folder, targets: [{ id: 'sim', kind: 'simulator' }] });
    expect((await call(running, request.host, request)).status).toBe(200);
    await running.rows(1);
    const control = await running.control();
    const report = await control.call('audit.verify', {});
    expect(report).toMatchObject({ ok: true });
    expect(report.rows).toBeGreaterThan(before);
  });

  it('has a row for a client that leaves before it has sent its request', async () => {
    const running = await runAgent();
    const wire = await openWire(running, 'api.openai.com');
    wire.send('POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 100\r\n\r\n{');
    await new Promise((resolve) => setTimeout(resolve, 20));
    wire.socket.destroy();
    expect(await running.onlyRecord()).toMatchObject({ outcome: 'client-aborted', bytesFromClient: 1 });
  });
});

import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditRow } from '../../src/contract/audit.ts';
import type { Snapshot } from '../../src/contract/control.ts';
import type { AgentStatus } from '../../src/contract/status.ts';
import { version } from '../../src/contract/version.ts';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call, dial } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';

const simulator = { targets: [{ id: 'sim', kind: 'simulator' as const }] };
const request = inferenceCall('openai-chat', 'hello');

describe('control of a running agent', () => {
  it('gives a watcher everything first, then each row once and in order', async () => {
    const running = await runAgent(simulator);
    for (let turn = 0; turn < 3; turn++) await call(running, request.host, request);
    await running.rows(3);
    const control = await running.control();
    const told: (string | number)[] = [];
    let snapshot: Snapshot | undefined;
    control.on('snapshot', (data) => {
      snapshot = data;
      told.push('snapshot');
    });
    control.on('audit.appended', (rows: readonly AuditRow[]) => told.push(...rows.map(({ seq }) => seq)));
    await control.call('watch', {});
    await eventually(() => told.length > 0, 'the snapshot');
    expect(told).toEqual(['snapshot']);
    const seqs = (snapshot?.recent ?? []).map(({ seq }) => seq);
    const last = Math.max(...seqs);
    expect(seqs.length).toBeGreaterThanOrEqual(3);
    for (let turn = 0; turn < 5; turn++) await call(running, request.host, request);
    await eventually(() => told.length === 6, 'five rows');
    expect(told.slice(1)).toEqual([1, 2, 3, 4, 5].map((step) => last + step));
  });

  it('tells the whole status', async () => {
    const running = await runAgent(simulator);
    await call(running, request.host, request);
    await running.rows(1);
    const status = await (await running.control()).call('status.get', {});
    expect(status).toMatchObject({
      state: 'protected',
      version,
      pid: process.pid,
      proxy: { port: running.port },
      policy: { revision: 'default', rules: 1 },
      targets: [{ id: 'sim', kind: 'simulator', state: 'up' }],
      warnings: [],
      counters: { exchanges: 1, tunnels: 0, blocked: 0, redacted: 0, failed: 0 },
      audit: { pending: 0 },
    });
    expect(status.reason).not.toBe('');
    expect(status.audit.rows).toBeGreaterThanOrEqual(1);
    expect(status.pipeline.count).toBe(1);
    expect(status.pipeline.mean).toBeGreaterThan(0);
    const { recognise, read, evaluate, plan, record } = status.pipeline.spans;
    expect(recognise + read + evaluate + plan + record).toBeCloseTo(status.pipeline.mean, 1);
    expect(status.ca.file).toBe(running.caFile);
  });

  it('pauses and resumes, tells every watcher, and leaves a note of both', async () => {
    const running = await runAgent(simulator);
    const [one, other] = [await running.control(), await running.control()];
    const states: string[] = [];
    other.on('status.changed', (status: AgentStatus) => states.push(status.state));
    await other.call('watch', {});
    expect((await one.call('agent.pause', { minutes: 1 })).state).toBe('paused');
    expect((await one.call('agent.resume', {})).state).toBe('protected');
    await eventually(() => states.includes('paused') && states.at(-1) === 'protected', 'both changes');
    await eventually(
      async () => (await one.call('audit.query', { kind: 'note' })).filter(({ record }) => /paused|resumed/i.test(record.note ?? '')).length === 2,
      'both notes',
    );
  });

  it('answers queries and fingerprints, and refuses what does not fit the contract', async () => {
    const running = await runAgent(simulator);
    await call(running, request.host, { ...request, body: String(request.body).replace('hello', 'AKIAIOSFODNN7EXAMPLQ') });
    await running.rows(1);
    const control = await running.control();
    const { fingerprint } = await control.call('audit.fingerprint', { value: 'AKIAIOSFODNN7EXAMPLQ' });
    expect(await control.call('audit.query', { fingerprint })).toHaveLength(1);
    expect(await control.call('audit.query', { fingerprint: fingerprint.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) })).toHaveLength(0);
    await expect(control.call('agent.pause', { minutes: -1 })).rejects.toMatchObject({ code: 'control-bad-params' });
    await expect(control.call('nope' as 'status.get', {})).rejects.toMatchObject({ code: 'control-unknown-method' });
    if (process.platform !== 'win32') {
      expect(statSync(running.agent.controlPath).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(running.agent.controlPath)).mode & 0o077).toBe(0);
    }
  });

  it('stops the agent, which closes its port and its audit file', async () => {
    const running = await runAgent(simulator);
    const control = await running.control();
    expect(await control.call('agent.stop', {})).toEqual({ stopping: true });
    await running.agent.stopped;
    await control.closed;
    const wire = dial(running);
    await wire.untilClosed();
    expect(wire.error?.code).toBe('ECONNREFUSED');
    const again = await runAgent({ ...simulator, folder: running.folder });
    const report = await (await again.control()).call('audit.verify', {});
    expect(report).toMatchObject({ ok: true, faults: [] });
  });
});

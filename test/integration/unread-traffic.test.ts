import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call, dial, openWire } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';

async function withProvider(rule: object) {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  return { provider, running: await runAgent({ hosts: { 'api.openai.com': provider, 'chatgpt.com': provider }, policy: { version: 1, rules: [rule] } }) };
}

describe('a rule that blocks traffic nobody reads', () => {
  it('answers the CONNECT to a known host with 403 and the message, connects nowhere, and is audited with its host', async () => {
    const { provider, running } = await withProvider({ id: 'no-chatgpt', when: { host: 'chatgpt.com' }, action: 'block', message: 'Use the company chat.' });
    const wire = dial(running);
    wire.send('CONNECT chatgpt.com:443 HTTP/1.1\r\nHost: chatgpt.com:443\r\n\r\n');
    expect(await wire.untilClosed()).toMatch(/^HTTP\/1\.1 403 [^]*Use the company chat\.[^]*no-chatgpt/);
    expect(provider.connections).toBe(0);
    expect(await running.onlyRecord()).toMatchObject({ kind: 'refused', outcome: 'refused', host: 'chatgpt.com', error: { code: 'policy-blocked' } });
  });

  it('stops native requests of its host, too', async () => {
    const { provider, running } = await withProvider({ id: 'no-openai', when: { host: 'api.openai.com' }, action: 'block', message: 'Not here.' });
    const answer = await call(running, 'api.openai.com', { method: 'GET', path: '/v1/models' });
    expect([answer.status, answer.body.toString()]).toEqual([403, expect.stringContaining('Not here.')]);
    expect(provider.connections).toBe(0);
    expect(await running.onlyRecord()).toMatchObject({ kind: 'exchange', dialect: 'native', decision: 'block', rule: 'no-openai', outcome: 'refused' });
  });

  it('stops inference calls that cannot be read, though onUnreadable lets others of their kind pass', async () => {
    const rule = { id: 'no-curl', when: { host: 'api.openai.com' }, action: 'block', message: 'Not here.' };
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    const policy = { version: 1, rules: [rule], failures: { onUnreadable: 'open' } };
    const running = await runAgent({ hosts: { 'api.openai.com': provider }, policy, settings: { limits: { bodyBytes: 1024 } } });
    for (const body of ['{"model": broken', JSON.stringify({ model: 'gpt-4o', input: 'x'.repeat(4096) })]) {
      const answer = await call(running, 'api.openai.com', { ...inferenceCall('openai-chat', 'hi'), body });
      expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { message: expect.stringContaining('Not here.') as unknown } });
    }
    expect(provider.connections).toBe(0);
    expect((await running.rows(2)).map(({ record }) => [record.outcome, record.rule])).toEqual(Array(2).fill(['refused', 'no-curl']));
  });

  it('about a model or a dialect leaves native requests and tunnels alone', async () => {
    const { running } = await withProvider({ id: 'no-gpt', when: { model: 'gpt-*' }, action: 'block' });
    expect((await call(running, 'api.openai.com', { method: 'GET', path: '/v1/models' })).status).not.toBe(403);
    expect((await call(running, 'api.openai.com', inferenceCall('openai-chat', 'hi'))).status).toBe(403);
  });
});

describe('a request that cannot be accepted', () => {
  it('leaves a row that names the host and the reason, on the port and inside a tunnel', async () => {
    const { running } = await withProvider({ id: 'x', when: { model: 'none' }, action: 'block' });
    const outside = dial(running);
    outside.send('GET / HTTP/7.0\r\n\r\n');
    expect(await outside.untilClosed()).toMatch(/^HTTP\/1\.1 400 /);
    const inside = await openWire(running, 'api.openai.com');
    inside.send('GET / HTTP/1.1\r\nHost: api.anthropic.com\r\n\r\n');
    expect(await inside.untilClosed()).toMatch(/^HTTP\/1\.1 403 /);
    const rows = await running.rows(2);
    expect(rows.map(({ record }) => [record.kind, record.host, record.error?.code])).toEqual([
      ['refused', '', 'bad-request'],
      ['refused', 'api.openai.com', 'address-refused'],
    ]);
    await eventually(() => running.agent.status().audit.pending === 0, 'the rows on the disk');
  });
});

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { eventually } from './eventually.ts';
import { dialects, hostsOfDialects, inferenceCall } from './inference-call.ts';
import { call, callOn, openHttp2, openTls, readStream } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent, RunningAgentOptions } from './running-agent.ts';

const run = promisify(execFile);

async function withPolicy(
  policy: RunningAgentOptions['policy'],
  options: RunningAgentOptions = {},
): Promise<{ provider: FakeProvider; running: RunningAgent }> {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  const hosts = Object.fromEntries(hostsOfDialects.map((host) => [host, provider]));
  return { provider, running: await runAgent({ hosts, ...(policy === undefined ? {} : { policy }), ...options }) };
}

const rules = (...list: object[]) => ({ version: 1, rules: list });

/** The vendor's error document, by what identifies it. */
const vendorShapes = {
  'openai-chat': { error: { message: expect.stringContaining('Ask Joan.') as unknown, type: expect.any(String) as unknown } },
  'openai-responses': { error: { message: expect.stringContaining('Ask Joan.') as unknown, type: expect.any(String) as unknown } },
  'openai-embeddings': { error: { message: expect.stringContaining('Ask Joan.') as unknown, type: 'permission_error' } },
  'anthropic-messages': { type: 'error', error: { type: 'permission_error', message: expect.stringContaining('Ask Joan.') as unknown } },
  gemini: { error: { code: 403, status: 'PERMISSION_DENIED', message: expect.stringContaining('Ask Joan.') as unknown } },
};

describe('a rule that blocks', () => {
  it.for(dialects)('answers %s in the shape of the vendor with the message of the rule, and nothing leaves', async (dialect) => {
    const { provider, running } = await withPolicy(rules({ id: 'no-models', action: 'block', message: 'Not this model. Ask Joan.' }));
    for (const stream of [false, true]) {
      const request = inferenceCall(dialect, 'hello', { stream });
      const answer = await call(running, request.host, request);
      expect(answer.status).toBe(403);
      expect(answer.header('content-type')).toMatch(/^application\/json/);
      expect(JSON.parse(answer.body.toString())).toMatchObject(vendorShapes[dialect]);
      expect(answer.body.toString()).toContain('no-models');
    }
    expect(provider.connections).toBe(0);
    const rows = await running.rows(2);
    expect(rows[1]?.record).toMatchObject({ outcome: 'refused', decision: 'block', rule: 'no-models', status: 403, error: { code: 'policy-blocked' } });
    expect(running.agent.status().counters.blocked).toBe(2);
  });

  it('leaves the connection usable, over both versions of HTTP', async () => {
    const { running } = await withPolicy(rules({ id: 'x', when: { model: 'gpt-4o' }, action: 'block' }));
    const { host, path, headers, body } = inferenceCall('openai-chat', 'hello');
    const socket = await openTls(running, host);
    const request = inferenceCall('openai-chat', 'hello');
    expect((await callOn(socket, host, request)).status).toBe(403);
    expect((await callOn(socket, host, { ...request, body: String(body).replace('gpt-4o', 'gpt-5') })).status).toBe(200);
    const session = await openHttp2(running, host);
    for (const [model, status] of [
      ['gpt-4o', 403],
      ['gpt-5', 200],
    ] as const) {
      const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
      stream.end(String(body).replace('gpt-4o', model));
      expect((await readStream(stream)).status).toBe(status);
    }
  });

  it('looks at the host, the model and the findings', async () => {
    const { running } = await withPolicy(
      rules(
        { id: 'allow-claude', when: { model: 'claude-*' }, action: 'allow' },
        { id: 'google', when: { host: 'generativelanguage.*' }, action: 'block' },
        { id: 'iban', when: { findings: ['iban'] }, action: 'block' },
      ),
    );
    const iban = 'pay DE89 3704 0044 0532 0130 00 now';
    const outcomes = [
      inferenceCall('gemini', 'hi'),
      inferenceCall('openai-chat', 'hi'),
      inferenceCall('openai-chat', iban),
      inferenceCall('anthropic-messages', iban),
    ];
    const statuses: number[] = [];
    for (const request of outcomes) statuses.push((await call(running, request.host, request)).status);
    expect(statuses).toEqual([403, 200, 403, 200]);
    const rows = await running.rows(4);
    expect(rows.map(({ record }) => record.rule)).toEqual(['google', undefined, 'iban', 'allow-claude']);
  });

  it('knows the program that calls', async () => {
    const { provider, running } = await withPolicy(rules({ id: 'no-curl', when: { app: 'curl' }, action: 'block' }), {
      settings: { processOwner: { budgetMs: 1000 } },
    });
    const request = inferenceCall('openai-chat', 'hello');
    const url = `https://${request.host}${request.path}`;
    const args = [
      '-sS',
      '--proxy',
      `http://127.0.0.1:${running.port}`,
      '--cacert',
      running.caFile,
      '-H',
      'content-type: application/json',
      '-d',
      String(request.body),
    ];
    const { stdout } = await run('curl', [...args, '-w', '%{http_code}', url]);
    expect(stdout).toMatch(/no-curl.*403$/s);
    expect((await call(running, request.host, request)).status).toBe(200);
    expect(provider.requests).toHaveLength(1);
    const rows = await running.rows(2);
    expect(rows[0]?.record.peer).toMatchObject({ app: 'curl', executable: expect.stringMatching(/\/curl$/) as unknown });
    expect(rows[1]?.record.peer?.pid).toBe(process.pid);
  });
});

describe('a request that cannot be read', () => {
  const { host, path, headers = {} } = inferenceCall('openai-chat', 'hello');
  const unreadable = {
    'JSON that breaks off': [{}, '{"model":"gpt-4o","messages":[{"role":"user","content":"he'],
    'no JSON at all': [{}, 'model=gpt-4o'],
    'a coding nobody knows': [{ 'content-encoding': 'x-own' }, '{"model":"gpt-4o","messages":[]}'],
    'gzip that is none': [{ 'content-encoding': 'gzip' }, '{"model":"gpt-4o","messages":[]}'],
    'more than the limit': [{}, JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x'.repeat(100_000) }] })],
    'more than the limit once inflated': [
      { 'content-encoding': 'gzip' },
      gzipSync(JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x'.repeat(1_000_000) }] })),
    ],
  } as const;

  it.for(Object.keys(unreadable) as (keyof typeof unreadable)[])(
    '(%s) passes untouched where policy says open, and nothing of it passes where it says closed',
    async (kind) => {
      const [extra, body] = unreadable[kind];
      const policy = { version: 1, failures: { onUnreadable: 'closed' }, surfaces: [{ provider: 'anthropic', onUnreadable: 'open' }] };
      const { provider, running } = await withPolicy(policy, { settings: { limits: { bodyBytes: 65_536 } } });
      for (const framing of ['length', 'chunked'] as const) {
        const closed = await call(running, host, { path, headers: { ...headers, ...extra }, body, framing });
        expect([400, 413]).toContain(closed.status);
        expect(JSON.parse(closed.body.toString())).toMatchObject({
          error: { message: expect.stringContaining('Heimdall could not check this request') as unknown },
        });
      }
      expect(provider.requests).toHaveLength(0);
      for (const framing of ['length', 'chunked'] as const) {
        await call(running, 'api.anthropic.com', { path: '/v1/messages', headers: { ...headers, ...extra }, body, framing });
        expect(provider.requests.at(-1)?.body).toEqual(Buffer.from(body));
      }
      const rows = await running.rows(4);
      expect(rows.map(({ record }) => record.outcome)).toEqual(['failed-closed', 'failed-closed', 'failed-open', 'failed-open']);
      for (const { record } of rows) expect(record.error?.code).toMatch(/^body-(too-large|unreadable)$/);
    },
  );
});

describe('the policy file', () => {
  it('takes effect when it changes; a bad one leaves the last good in force and says so until it is right', async () => {
    const block = rules({ id: 'v1', action: 'block', message: 'First.' });
    const { running } = await withPolicy(block);
    const request = inferenceCall('openai-chat', 'hello');
    const answerOf = async () => (await call(running, request.host, request)).body.toString();
    expect(await answerOf()).toContain('First.');

    writeFileSync(running.policyFile, 'version: 1\nrules:\n  - id: v2\n    action: blok\n');
    await eventually(() => running.agent.status().warnings.some(({ code }) => code === 'policy-last-good'), 'the warning');
    expect(await answerOf()).toContain('First.');
    const warning = running.agent.status().warnings.find(({ code }) => code === 'policy-last-good');
    expect(warning?.text).toMatch(/policy\.yaml:4:\d+: .*blok/);
    expect(running.agent.status().state).toBe('degraded');
    const control = await running.control();
    expect((await control.call('policy.get', {})).rejected).toMatch(/policy\.yaml:4:/);

    writeFileSync(running.policyFile, JSON.stringify(rules({ id: 'v3', action: 'block', message: 'Third.' })));
    await eventually(async () => (await answerOf()).includes('Third.'), 'the new policy');
    expect(running.agent.status().warnings).toEqual([]);
    const revisions = new Set((await running.rows(3)).map(({ record }) => record.policyRevision));
    expect(revisions.size).toBe(2);
  });

  it('that is bad at the start stops the agent, by file, line and reason', async () => {
    await expect(runAgent({ policy: 'version: 1\nrules:\n  - id: a\n    acton: block\n' })).rejects.toMatchObject({
      code: 'policy-invalid',
      message: expect.stringMatching(/policy\.yaml:(3|4):\d+: .*action/) as unknown,
    });
  });
});

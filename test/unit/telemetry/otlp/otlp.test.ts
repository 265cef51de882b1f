import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { openOtlp } from '../../../../src/telemetry/otlp/otlp.ts';
import type { Otlp, OtlpOptions } from '../../../../src/telemetry/otlp/otlp.ts';
import { attempt, inference, secrets } from '../inference-record.ts';
import { FakeCollector } from './collector.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function startCollector(): Promise<FakeCollector> {
  const collector = await new FakeCollector().start();
  open.push({ close: () => collector.stop() });
  return collector;
}

function otlpTo(url: string, own: Partial<OtlpOptions> = {}): { otlp: Otlp; troubles: (string | undefined)[] } {
  const troubles: (string | undefined)[] = [];
  const otlp = openOtlp({ url, headers: {}, everySeconds: 1, version: '9.9.9', onTrouble: (text) => troubles.push(text), ...own });
  open.push(otlp);
  return { otlp, troubles };
}

describe('what arrives at the collector', () => {
  it('is one span for the call, with its facts in the names of the conventions', async () => {
    const collector = await startCollector();
    const { otlp, troubles } = otlpTo(`${collector.url}/`, { headers: { 'x-api-key': 'k' } });
    otlp.observe(inference());
    await otlp.close();
    const span = collector.spans.find(({ parentSpanId }) => parentSpanId === undefined);
    expect(span).toMatchObject({
      name: 'chat claude-sonnet',
      kind: 3,
      startTimeUnixNano: '1790000000123000000',
      endTimeUnixNano: '1790000002123000000',
      status: { code: 0 },
    });
    expect(span?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet',
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['end_turn'],
      'gen_ai.response.time_to_first_chunk': 0.4,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 40,
      'gen_ai.usage.cache_read.input_tokens': 30,
      'gen_ai.usage.cache_write.input_tokens': 20,
      'gen_ai.usage.cost': 0.5,
      'server.address': 'api.anthropic.com',
      'server.port': 443,
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'heimdall.app': 'claude-code',
      'heimdall.decision': 'allow',
      'heimdall.outcome': 'forwarded',
      'heimdall.rule': 'let-it',
      'heimdall.route': 'work',
      'heimdall.virtual_key': 'team-a',
      'heimdall.target': 'gateway-eu',
      'heimdall.target.kind': 'gateway',
    });
    expect(collector.resource).toEqual({ 'service.name': 'heimdall', 'service.version': '9.9.9' });
    expect(collector.batches.every(({ headers }) => headers['x-api-key'] === 'k')).toBe(true);
    expect(troubles).toEqual([]);
  });

  it('is one span below it for each attempt, one after the other in time', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(
      inference({
        attempts: [
          attempt({ status: 503, milliseconds: 100 }),
          attempt({ target: 'openai', kind: 'provider', model: 'gpt-x', key: 'main', milliseconds: 300.5 }),
        ],
      }),
    );
    await otlp.close();
    const [root, first, second] = collector.spans;
    expect(root?.attributes['gen_ai.response.model']).toBe('gpt-x');
    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(3);
    expect(first).toMatchObject({ name: 'attempt gateway-eu', parentSpanId: root?.spanId, endTimeUnixNano: '1790000000223000000', status: { code: 2 } });
    expect(first?.attributes).toEqual({
      'heimdall.target': 'gateway-eu',
      'heimdall.target.kind': 'gateway',
      'http.response.status_code': 503,
      'error.type': '503',
    });
    expect(second).toMatchObject({ parentSpanId: root?.spanId, startTimeUnixNano: '1790000000223000000', endTimeUnixNano: '1790000000523500000' });
    expect(second?.attributes).toMatchObject({ 'gen_ai.request.model': 'gpt-x', 'heimdall.key': 'main', 'http.response.status_code': 200 });
  });

  it.each([
    ['openai-embeddings', undefined, 'embeddings m', 'openai'],
    ['gemini', 'google', 'generate_content m', 'gcp.gemini'],
    ['openai-chat', 'mistral', 'chat m', 'mistral_ai'],
    ['openai-responses', 'openai', 'chat m', 'openai'],
  ] as const)('names a call in %s of provider %s %s', async (dialect, provider, name, called) => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(inference({ dialect, provider, model: 'm' }));
    await otlp.close();
    expect(collector.spans[0]).toMatchObject({ name, attributes: { 'gen_ai.provider.name': called } });
  });

  it('marks a call that failed by its stable code', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(
      inference({
        outcome: 'refused',
        decision: 'block',
        status: 403,
        attempts: undefined,
        error: { code: 'policy-blocked', message: 'the prompt said hello' },
      }),
    );
    await otlp.close();
    expect(collector.spans).toMatchObject([{ status: { code: 2 }, attributes: { 'error.type': 'policy-blocked', 'http.response.status_code': 403 } }]);
    expect(collector.points.find(({ metric }) => metric === 'gen_ai.client.operation.duration')?.attributes['error.type']).toBe('policy-blocked');
  });

  it('is histograms of tokens, durations and first tokens, with the bounds of the conventions', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(inference());
    otlp.observe(inference({ durationMs: 1_000 }));
    await otlp.close();
    const point = (metric: string, type?: string) => collector.points.find((one) => one.metric === metric && one.attributes['gen_ai.token.type'] === type);
    const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'anthropic', 'gen_ai.request.model': 'claude-sonnet' };
    expect(point('gen_ai.client.operation.duration')).toMatchObject({ unit: 's', sum: 3, count: 2, attributes: call });
    expect(point('gen_ai.client.token.usage', 'input')).toMatchObject({ unit: '{token}', sum: 200, count: 2 });
    expect(point('gen_ai.client.token.usage', 'output')).toMatchObject({ sum: 80 });
    expect(point('gen_ai.client.token.usage', 'output')?.bounds.slice(0, 4)).toEqual([1, 4, 16, 64]);
    expect(point('gen_ai.server.time_to_first_token')).toMatchObject({ sum: 0.8, count: 2 });
  });

  it('is nothing of what is no inference call', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(inference({ dialect: 'native' }));
    otlp.observe(inference({ kind: 'tunnel', dialect: undefined }));
    await otlp.close();
    expect(collector.batches).toEqual([]);
  });

  it('is no path, no text, no fingerprint and no home directory', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(
      inference({
        error: { code: 'upstream-refused', message: 'the prompt said hello' },
        asked: { answer: 'allow', by: 'user', justification: 'because I must', waitedMs: 1 },
      }),
    );
    await otlp.close();
    expect(collector.spans).toHaveLength(2);
    for (const secret of secrets) expect(collector.text).not.toContain(secret);
  });

  it('has no attribute that the documentation does not list', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(inference({ usage: { reasoningTokens: 3 }, attempts: [attempt({ key: 'k', model: 'm', status: 500 })], status: 500 }));
    await otlp.close();
    const manual = readFileSync(new URL('../../../../docs/telemetry.md', import.meta.url), 'utf8');
    const sent = [...collector.spans, ...collector.points].flatMap(({ attributes }) => Object.keys(attributes));
    expect(sent).toContain('gen_ai.usage.reasoning.output_tokens');
    for (const name of [...sent, ...collector.points.map(({ metric }) => metric)]) expect(manual).toContain(`\`${name}\``);
  });

  it('is short, however long a text the client or the provider sends', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(inference({ method: 'M'.repeat(50_000), stopReason: 's'.repeat(50_000), attempts: undefined }));
    await otlp.close();
    expect(collector.spans).toMatchObject([{ attributes: { 'http.request.method': 'M'.repeat(256), 'gen_ai.response.finish_reasons': ['s'.repeat(256)] } }]);
  });

  it('is a bounded number of models in the metrics, however many a client invents', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    for (let n = 0; n < 1_000; n += 1) otlp.observe(inference({ model: `invented-${n}`, attempts: undefined }));
    await otlp.close();
    const durations = collector.points.filter(({ metric }) => metric === 'gen_ai.client.operation.duration');
    expect(durations).toHaveLength(101);
    expect(durations.find(({ attributes }) => attributes['gen_ai.request.model'] === 'other')?.count).toBe(900);
  });

  it('is whole although a clock broke or a provider said what is no number', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(
      inference({
        startedAt: Number.NaN,
        durationMs: Number.NaN,
        firstTokenMs: Infinity,
        usage: { inputTokens: Infinity, outputTokens: -5 },
        attempts: undefined,
      }),
    );
    otlp.observe(inference({ attempts: undefined }));
    await otlp.close();
    expect(collector.spans).toHaveLength(2);
    expect(collector.text).not.toContain('null');
    expect(collector.points.map(({ metric, count }) => [metric, count])).toEqual([
      ['gen_ai.client.token.usage', 1],
      ['gen_ai.client.token.usage', 1],
      ['gen_ai.client.operation.duration', 1],
      ['gen_ai.server.time_to_first_token', 1],
    ]);
  });

  it('comes by itself, without waiting for the end', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(inference());
    await collector.until(() => collector.spans.length === 2 && collector.points.length > 0);
  });

  it('is every span of a burst that fits the queue', async () => {
    const collector = await startCollector();
    const { otlp, troubles } = otlpTo(collector.url);
    for (let n = 0; n < 1_000; n += 1) otlp.observe(inference());
    await otlp.close();
    expect(collector.spans).toHaveLength(2_000);
    expect(otlp.lost).toBe(0);
    expect(troubles).toEqual([]);
  });
});

describe('a collector in trouble', () => {
  it('is told of once when it is gone, and once when it is back; what came meanwhile is counted', async () => {
    const collector = await startCollector();
    const { otlp, troubles } = otlpTo(collector.url);
    await collector.stop();
    otlp.observe(inference());
    await expect.poll(() => otlp.lost, { timeout: 20_000 }).toBe(2);
    otlp.observe(inference());
    await expect.poll(() => otlp.lost, { timeout: 20_000 }).toBe(4);
    expect(troubles).toEqual([expect.stringMatching(/^The collector at 127\.0\.0\.1:\d+ does not take telemetry: connect ECONNREFUSED/)]);
    await collector.start();
    otlp.observe(inference());
    await collector.until(() => collector.spans.length === 2);
    await expect.poll(() => troubles.length).toBe(2);
    expect(troubles[1]).toBeUndefined();
    // Sums tell of the calls whose spans were lost, too.
    await collector.until(() => collector.points.some(({ metric, count }) => metric === 'gen_ai.client.operation.duration' && count === 3));
  });

  it('loses what it refuses, and says with which status', async () => {
    const collector = await startCollector();
    collector.manner = 500;
    const { otlp, troubles } = otlpTo(collector.url);
    otlp.observe(inference());
    await otlp.close();
    expect(otlp.lost).toBe(2);
    expect(troubles).toEqual([expect.stringContaining('500 Internal Server Error')]);
  });

  it('holds back no more than the queue while it hangs, and the end does not wait for it', async () => {
    const collector = await startCollector();
    collector.manner = 'hang';
    const { otlp, troubles } = otlpTo(collector.url, { closeMs: 50, everySeconds: 3_600 });
    for (let n = 0; n < 5_000; n += 1) otlp.observe(inference());
    expect(otlp.lost).toBeGreaterThanOrEqual(10_000 - 2_048 - 128);
    expect(troubles).toEqual([expect.stringContaining('too slow')]);
    await otlp.close();
    // Nothing of what hangs was given up yet: the end came first.
    expect(otlp.lost).toBeLessThan(10_000);
  });

  it('gets no further span once closed', async () => {
    const collector = await startCollector();
    const { otlp } = otlpTo(collector.url);
    otlp.observe(inference());
    await otlp.close();
    const before = collector.batches.length;
    otlp.observe(inference());
    await otlp.close();
    expect(collector.batches).toHaveLength(before);
  });

  it('does not keep the process alive, and leaves no rejection behind', async () => {
    const collector = await startCollector();
    const source = new URL('../../../../src/telemetry/otlp/otlp.ts', import.meta.url);
    const record = JSON.stringify(inference());
    const script = `
      import { openOtlp } from ${JSON.stringify(source.href)};
      const otlp = openOtlp({ url: ${JSON.stringify(collector.url)}, headers: {}, everySeconds: 3600, version: '1', onTrouble: () => {} });
      otlp.observe(${record});
      process.on('exit', (code) => console.log('left with', code));
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--unhandled-rejections=strict', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pieces: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
    await once(child, 'close');
    expect(Buffer.concat(pieces).toString()).toBe('left with 0\n');
    expect(collector.batches).toEqual([]);
  });
});

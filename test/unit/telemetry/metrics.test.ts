import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BudgetStatus } from '../../../src/contract/budget.ts';
import type { TargetStatus } from '../../../src/contract/status.ts';
import { openMetrics } from '../../../src/telemetry/metrics.ts';
import type { AuditRecord } from '../../../src/contract/audit.ts';
import { attempt, inference, secrets } from './inference-record.ts';
import { parsePrometheus, valueOf } from './prometheus-text.ts';

async function pageOf(records: readonly AuditRecord[], targets: readonly TargetStatus[] = [], budgets: readonly BudgetStatus[] = []) {
  const metrics = openMetrics({ version: '9.9.9', targets: () => targets, budgets: () => budgets });
  for (const record of records) metrics.observe(record);
  return parsePrometheus((await metrics.text()).body);
}

const target = (own: Partial<TargetStatus>): TargetStatus => ({
  id: 'a',
  kind: 'gateway',
  state: 'up',
  detail: '',
  latencyMs: undefined,
  answered: 0,
  health: 'healthy',
  drained: false,
  share: undefined,
  inFlight: 0,
  waiting: 0,
  quota: undefined,
  ...own,
});

const call = { provider: 'anthropic', model: 'claude-sonnet', fallback_index: '0' };

describe('the figures of calls', () => {
  it('counts a call under the names and labels that dashboards of Bifrost ask for', async () => {
    const samples = await pageOf([inference(), inference()]);
    expect(valueOf(samples, 'bifrost_upstream_requests_total')).toBe(2);
    expect(valueOf(samples, 'bifrost_success_requests_total')).toBe(2);
    expect(valueOf(samples, 'bifrost_error_requests_total')).toBeUndefined();
    expect(valueOf(samples, 'bifrost_input_tokens_total')).toBe(200);
    expect(valueOf(samples, 'bifrost_output_tokens_total')).toBe(80);
    expect(valueOf(samples, 'bifrost_cache_read_input_tokens_total')).toBe(60);
    expect(valueOf(samples, 'bifrost_cache_write_input_tokens_total')).toBe(40);
    expect(valueOf(samples, 'bifrost_cost_total')).toBe(1);
    expect(samples.find((sample) => sample.name === 'bifrost_cost_total')?.labels).toEqual({
      ...call,
      method: 'chat_completion_stream',
      virtual_key_id: 'team-a',
      virtual_key_name: 'team-a',
      routing_rule_id: 'work',
      routing_rule_name: 'work',
    });
  });

  it('keeps histograms whose buckets add up', async () => {
    const samples = await pageOf([inference(), inference({ durationMs: 700 }), inference({ durationMs: 3_600_000 })]);
    const name = 'bifrost_upstream_latency_seconds';
    const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
    expect(buckets.map(({ labels, value }) => [labels['le'], value])).toContainEqual(['0.5', 0]);
    expect(buckets.map(({ labels, value }) => [labels['le'], value])).toContainEqual(['1', 1]);
    expect(buckets.map(({ labels, value }) => [labels['le'], value])).toContainEqual(['2.5', 2]);
    expect(buckets.map(({ labels, value }) => [labels['le'], value])).toContainEqual(['900', 2]);
    expect(buckets.at(-1)).toMatchObject({ labels: { le: '+Inf', is_success: 'true' }, value: 3 });
    expect(valueOf(samples, `${name}_sum`)).toBeCloseTo(3_602.7);
    expect(valueOf(samples, `${name}_count`)).toBe(3);
    expect(valueOf(samples, 'bifrost_stream_first_token_latency_seconds_sum')).toBeCloseTo(1.2);
    expect(valueOf(samples, 'http_request_size_bytes_bucket', { le: '1000' })).toBe(0);
    expect(valueOf(samples, 'http_request_size_bytes_bucket', { le: '10000' })).toBe(3);
  });

  it('counts each target a call went to as a request of its own, and further attempts at one as retries', async () => {
    const attempts = [
      attempt({ status: 503, milliseconds: 100 }),
      attempt({ status: undefined, error: 'connect-failed', milliseconds: 150 }),
      attempt({ target: 'openai', kind: 'provider', model: 'gpt-x', key: 'main', milliseconds: 300 }),
    ];
    const samples = await pageOf([inference({ attempts })]);
    const first = { fallback_index: '0', model: 'claude-sonnet' };
    const second = { fallback_index: '1', model: 'gpt-x', alias: 'claude-sonnet', selected_key_id: 'main', selected_key_name: 'main' };
    expect(valueOf(samples, 'bifrost_upstream_requests_total', first)).toBe(1);
    expect(valueOf(samples, 'bifrost_error_requests_total', { ...first, status_code: 'unknown', error_type: 'connect-failed' })).toBe(1);
    expect(valueOf(samples, 'bifrost_success_requests_total', first)).toBe(0);
    expect(valueOf(samples, 'bifrost_request_retries_sum', first)).toBe(1);
    expect(valueOf(samples, 'bifrost_upstream_latency_seconds_sum', { ...first, is_success: 'false' })).toBeCloseTo(0.25);
    expect(valueOf(samples, 'bifrost_success_requests_total', second)).toBe(1);
    expect(valueOf(samples, 'bifrost_upstream_latency_seconds_sum', { ...second, is_success: 'true' })).toBeCloseTo(1.75);
    expect(valueOf(samples, 'bifrost_input_tokens_total', first)).toBe(0);
    expect(valueOf(samples, 'bifrost_input_tokens_total', second)).toBe(100);
    expect(valueOf(samples, 'heimdall_attempts_total', { target: 'gateway-eu', result: '503' })).toBe(1);
    expect(valueOf(samples, 'bifrost_provider_key_up', { key_id: 'main' })).toBe(1);
  });

  it('counts the attempt that lost a race as neither success nor failure, and what it may be billed for', async () => {
    const samples = await pageOf([inference({ attempts: [attempt({ target: 'slow', error: 'slower', unusedUsage: { outputTokens: 5 } }), attempt()] })]);
    expect(valueOf(samples, 'bifrost_upstream_requests_total')).toBe(1);
    expect(valueOf(samples, 'bifrost_error_requests_total')).toBeUndefined();
    expect(valueOf(samples, 'bifrost_output_tokens_total')).toBe(45);
    expect(valueOf(samples, 'heimdall_attempts_total', { target: 'slow', result: 'slower' })).toBe(1);
  });

  it('takes a key for down after a refusal of the key, not after a fault of the host', async () => {
    const with_ = (status: number) => inference({ attempts: [attempt({ status, key: 'k' })] });
    expect(valueOf(await pageOf([with_(200), with_(503)]), 'bifrost_provider_key_up')).toBe(1);
    expect(valueOf(await pageOf([with_(200), with_(429)]), 'bifrost_provider_key_up')).toBe(0);
    expect(valueOf(await pageOf([with_(401), with_(200)]), 'bifrost_provider_key_up')).toBe(1);
  });

  it('leaves the time a person took to answer out of the latency of the target', async () => {
    const samples = await pageOf([inference({ durationMs: 60_000, asked: { answer: 'allow', by: 'user', waitedMs: 58_000 } })]);
    expect(valueOf(samples, 'bifrost_upstream_latency_seconds_sum')).toBeCloseTo(2);
  });

  it('counts what is no inference as an exchange, not as a call', async () => {
    const tunnel: AuditRecord = { ...inference(), kind: 'tunnel', outcome: 'tunnelled', decision: undefined, attempts: undefined, dialect: undefined };
    const samples = await pageOf([tunnel, inference({ dialect: 'native', method: 'GET' }), inference({ kind: 'note' })]);
    expect(valueOf(samples, 'bifrost_upstream_requests_total')).toBeUndefined();
    expect(valueOf(samples, 'heimdall_exchanges_total', { kind: 'tunnel', outcome: 'tunnelled' })).toBe(1);
    expect(valueOf(samples, 'heimdall_exchanges_total', { kind: 'note' })).toBeUndefined();
    expect(valueOf(samples, 'http_requests_total', { path: 'native', method: 'GET', status: '200' })).toBe(1);
  });

  it('counts a call that policy refused by its rule, with no request to any target', async () => {
    const refused = inference({ outcome: 'refused', decision: 'block', rule: 'no-cards', attempts: undefined, status: 403 });
    const samples = await pageOf([refused]);
    expect(valueOf(samples, 'heimdall_rule_decisions_total', { rule: 'no-cards', decision: 'block' })).toBe(1);
    expect(valueOf(samples, 'heimdall_exchanges_total', { outcome: 'refused', app: 'claude-code' })).toBe(1);
    expect(valueOf(samples, 'http_requests_total', { path: '/v1/messages', status: '403' })).toBe(1);
    expect(valueOf(samples, 'bifrost_upstream_requests_total')).toBeUndefined();
  });
});

describe('what a client can do to the page', () => {
  it('gives a client that invents models no more than its share, and keeps those known before apart', async () => {
    const invented = Array.from({ length: 5_000 }, (_, n) => inference({ model: `invented-${n}`, peer: { pid: 1, executable: 'x', app: `app-${n}` } }));
    const samples = await pageOf([inference(), ...invented, inference()]);
    const models = new Set(samples.map(({ labels }) => labels['model']).filter((model) => model !== undefined));
    expect(models.size).toBeLessThanOrEqual(101);
    expect(new Set(samples.map(({ labels }) => labels['app'])).size).toBeLessThanOrEqual(102);
    expect(valueOf(samples, 'bifrost_upstream_requests_total', { model: 'claude-sonnet' })).toBe(2);
    const all = samples.filter(({ name }) => name === 'bifrost_upstream_requests_total').reduce((sum, { value }) => sum + value, 0);
    expect(all).toBe(5_002);
    expect(valueOf(samples, 'bifrost_upstream_requests_total', { model: 'other' })).toBe(5_002 - 2 - 99);
  });

  it('bounds combinations as well as values', async () => {
    const records = Array.from({ length: 90 * 90 }, (_, n) => inference({ model: `m${n % 90}`, virtualKey: `k${Math.floor(n / 90)}` }));
    const samples = (await pageOf(records)).filter(({ name }) => name === 'bifrost_upstream_requests_total');
    expect(samples.length).toBeLessThanOrEqual(501);
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(8_100);
  });

  it('writes any name so that it can be read back, cut where it is long', async () => {
    const model = 'a"b\\c\nd}e{f="g",';
    const samples = await pageOf([inference({ model }), inference({ model: 'x'.repeat(100_000) })]);
    expect(valueOf(samples, 'bifrost_upstream_requests_total', { model })).toBe(1);
    expect(valueOf(samples, 'bifrost_upstream_requests_total', { model: 'x'.repeat(120) })).toBe(1);
  });

  it('shows no path, no fingerprint, no text and no home directory', async () => {
    const metrics = openMetrics({ version: '1', targets: () => [], budgets: () => [] });
    metrics.observe(
      inference({
        error: { code: 'upstream-refused', message: 'the prompt said hello' },
        asked: { answer: 'allow', by: 'user', justification: 'because I must', waitedMs: 1 },
      }),
    );
    const { body } = await metrics.text();
    expect(body).toContain('claude-sonnet');
    for (const secret of secrets) expect(body).not.toContain(secret);
  });

  it('survives figures of a broken clock and of a provider that says anything', async () => {
    const odd = { inputTokens: Infinity, outputTokens: -1_000, cachedInputTokens: Number.NaN };
    const samples = await pageOf([inference({ durationMs: Number.NaN, firstTokenMs: -1, usage: odd, costUsd: Infinity }), inference()]);
    expect(valueOf(samples, 'http_request_duration_seconds_sum')).toBe(2);
    expect(valueOf(samples, 'bifrost_stream_first_token_latency_seconds_count')).toBe(1);
    expect(valueOf(samples, 'bifrost_input_tokens_total')).toBe(100);
    expect(valueOf(samples, 'bifrost_output_tokens_total')).toBe(40);
    expect(valueOf(samples, 'bifrost_cache_read_input_tokens_total')).toBe(30);
    expect(valueOf(samples, 'bifrost_cost_total')).toBe(0.5);
  });
});

describe('how targets and budgets stand', () => {
  it('shows the state of each target as it is when the page is read', async () => {
    let health: TargetStatus['health'] = 'failed';
    const metrics = openMetrics({ version: '1', targets: () => [target({ health, share: 0.7, inFlight: 2, waiting: 3, latencyMs: 250 })], budgets: () => [] });
    const before = parsePrometheus((await metrics.text()).body);
    expect(valueOf(before, 'heimdall_target_state', { target: 'a', state: 'failed' })).toBe(1);
    expect(valueOf(before, 'heimdall_target_state', { target: 'a', state: 'healthy' })).toBe(0);
    expect(valueOf(before, 'heimdall_target_share', { target: 'a', target_kind: 'gateway' })).toBe(0.7);
    expect(valueOf(before, 'heimdall_target_waiting')).toBe(3);
    expect(valueOf(before, 'heimdall_target_latency_seconds')).toBe(0.25);
    expect(valueOf(before, 'bifrost_active_requests')).toBe(2);
    health = 'healthy';
    expect(valueOf(parsePrometheus((await metrics.text()).body), 'heimdall_target_state', { state: 'failed' })).toBe(0);
  });

  it('leaves out what is not known', async () => {
    const samples = await pageOf([], [target({ state: 'unknown' })]);
    expect(valueOf(samples, 'heimdall_target_up')).toBeUndefined();
    expect(valueOf(samples, 'heimdall_target_share')).toBeUndefined();
    expect(valueOf(samples, 'heimdall_target_quota_left')).toBeUndefined();
  });

  it('shows what is left of a quota', async () => {
    const quota = { requests: 10, requestsLimit: 50, tokens: undefined, tokensLimit: undefined, restingUntil: 1_790_000_000_000 };
    const samples = await pageOf([], [target({ quota })]);
    expect(valueOf(samples, 'heimdall_target_quota_left', { target: 'a', unit: 'requests' })).toBe(10);
    expect(valueOf(samples, 'heimdall_target_quota_limit', { unit: 'requests' })).toBe(50);
    expect(valueOf(samples, 'heimdall_target_quota_left', { unit: 'tokens' })).toBeUndefined();
    expect(valueOf(samples, 'heimdall_target_resting_until_seconds')).toBe(1_790_000_000);
  });

  it('sums the accounts of a budget and never names them, since they are named after people', async () => {
    const account = (name: string, used: number): BudgetStatus => ({
      budget: 'each-user',
      account: name,
      usd: { used, reserved: 0, limit: 10, per: 'month', window: 'calendar' },
      requests: undefined,
      tokens: undefined,
      freeAt: undefined,
    });
    const metrics = openMetrics({ version: '1', targets: () => [], budgets: () => [account('ann', 8), account('bob', 1)] });
    const { body } = await metrics.text();
    const samples = parsePrometheus(body);
    expect(valueOf(samples, 'heimdall_budget_used', { budget: 'each-user', unit: 'usd' })).toBe(9);
    expect(valueOf(samples, 'heimdall_budget_used_ratio', { unit: 'usd' })).toBe(0.8);
    expect(valueOf(samples, 'heimdall_budget_accounts')).toBe(2);
    expect(body).not.toMatch(/ann|bob/);
  });

  it('has exactly the metrics that the documentation lists, of the types it says', async () => {
    const metrics = openMetrics({ version: '1', targets: () => [], budgets: () => [] });
    const { body } = await metrics.text();
    const drawn = Array.from(body.matchAll(/^# TYPE (\w+) (\w+)$/gm), ([, name, type]) => `${name} ${type}`);
    const manual = readFileSync(new URL('../../../docs/telemetry.md', import.meta.url), 'utf8');
    const listed = Array.from(manual.matchAll(/^\| (.*?) \| (counter|gauge|histogram) \|/gm)).flatMap(([, names = '', type]) =>
      Array.from(names.matchAll(/`(\w+)`/g), ([, name]) => `${name} ${type}`),
    );
    expect(listed.toSorted()).toEqual(drawn.toSorted());
  });

  it('says which version runs, in the format that Prometheus asks for', async () => {
    const metrics = openMetrics({ version: '9.9.9', targets: () => [], budgets: () => [] });
    const { contentType, body } = await metrics.text();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(valueOf(parsePrometheus(body), 'heimdall_info', { version: '9.9.9' })).toBe(1);
  });
});

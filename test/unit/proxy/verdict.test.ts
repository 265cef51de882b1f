import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DialectId, ResponseFacts } from '../../../src/contract/exchange.ts';
import type { GoOnReason } from '../../../src/contract/routing.ts';
import type { Target } from '../../../src/contract/target.ts';
import { AgentError } from '../../../src/contract/errors.ts';
import { dialectOf } from '../../../src/dialects/registry.ts';
import type { RelayResult } from '../../../src/proxy/relay.ts';
import { holdFor, verdictOf } from '../../../src/proxy/verdict.ts';
import type { Judged } from '../../../src/proxy/verdict.ts';

const gateway: Target = { id: 'gw', kind: 'gateway', url: new URL('http://gw.example'), virtualKey: 'vk', wire: 'bifrost', headers: [] };
const provider: Target = { id: 'p', kind: 'provider', provider: 'openai', url: undefined, keys: undefined, models: undefined };
const origin: Target = { id: 'origin', kind: 'origin' };
const facts: ResponseFacts = { model: 'm', usage: undefined, stopReason: 'stop', error: undefined, complete: true };

const judged = (more: Partial<Judged> = {}): Judged => ({
  target: gateway,
  dialect: dialectOf('openai-chat'),
  checks: [],
  stream: false,
  wantsJson: false,
  ...more,
});
const head = (status: number, headers: readonly string[] = []) => ({ status, reason: '', headers, isBodyless: false });

function held(status: number, body: unknown, more: { stop?: string; headers?: readonly string[]; hasContent?: boolean } = {}): RelayResult {
  const pieces = [typeof body === 'string' ? Buffer.from(body) : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))];
  const answer = { head: head(status, more.headers), pieces, trailers: [] };
  return { kind: 'held', status, answer, hasContent: more.hasContent ?? true, facts: { ...facts, stopReason: more.stop ?? 'stop' } };
}

describe('the verdict on an attempt', () => {
  it.each([
    [200, gateway, 'ok'],
    [302, gateway, 'ok'],
    [400, gateway, 'client-error'],
    [404, provider, 'client-error'],
    [401, provider, 'key-refused'],
    [402, provider, 'key-refused'],
    [403, provider, 'key-refused'],
    [401, origin, 'client-error'],
    [403, gateway, 'client-error'],
    [408, origin, '408'],
    [429, provider, '429'],
    [500, provider, '5xx'],
    [529, origin, '5xx'],
  ] as const)('of status %s from a %o is %s', (status, target, expected) => {
    expect(verdictOf({ kind: 'relayed', status, facts }, judged({ target })).result).toBe(expected);
  });

  it.each([
    [new AgentError('upstream-timeout'), 'timeout'],
    [new AgentError('connect-failed'), 'connect'],
    [new AgentError('upstream-closed'), 'connect'],
  ] as const)('without an answer is by the reason', (error, expected) => {
    expect(verdictOf({ kind: 'no-answer', error }, judged()).result).toBe(expected);
  });

  it('tells a client that left from an attempt that was too slow, and a broken answer for what it is', () => {
    expect(verdictOf({ kind: 'client-aborted', status: 200, facts }, judged()).result).toBe('cancelled');
    expect(verdictOf({ kind: 'lost', status: 200, facts }, judged()).result).toBe('slower');
    expect(verdictOf({ kind: 'broken', status: 200, error: new AgentError('upstream-closed'), facts }, judged()).result).toBe('broken');
  });

  it('tells the gateway\u2019s own refusal from the provider\u2019s, compressed or not', () => {
    const refusal = JSON.stringify({ type: 'budget_exceeded', error: { message: 'No budget.' } });
    const packed = held(429, gzipSync(refusal), { headers: ['Content-Encoding', 'gzip'] });
    expect(verdictOf(held(429, refusal), judged())).toEqual({ result: 'gateway-limit', rejection: { type: 'budget_exceeded', message: 'No budget.' } });
    expect(verdictOf(packed, judged()).result).toBe('gateway-limit');
    expect(verdictOf(held(429, { error: { message: 'slow down' } }), judged()).result).toBe('429');
    expect(verdictOf(held(429, refusal), judged({ target: provider })).result).toBe('429');
  });
});

describe('the checks of a route', () => {
  const chat = (content: unknown, more: object = {}) => ({ choices: [{ message: { role: 'assistant', content, ...more } }] });
  const check = (name: GoOnReason, result: RelayResult, more: Partial<Judged> = {}) => verdictOf(result, judged({ checks: [name], ...more })).result;

  it.each<[DialectId, unknown, unknown]>([
    ['openai-chat', chat(''), chat('hello')],
    ['openai-chat', chat(null), chat(null, { tool_calls: [{ id: '1' }] })],
    ['anthropic-messages', { content: [] }, { content: [{ type: 'text', text: 'hello' }] }],
    ['anthropic-messages', { content: [{ type: 'text', text: '' }] }, { content: [{ type: 'tool_use', id: '1' }] }],
    ['gemini', { candidates: [{ content: { parts: [] } }] }, { candidates: [{ content: { parts: [{ functionCall: {} }] } }] }],
    ['openai-responses', { output: [] }, { output: [{ type: 'message', content: [{ type: 'output_text', text: 'hi' }] }] }],
    ['openai-responses', { output: [{ type: 'reasoning', summary: [] }] }, { output: [{ type: 'function_call', name: 'f' }] }],
  ])('find an empty answer (%s)', (dialect, empty, filled) => {
    expect(check('empty', held(200, empty), { dialect: dialectOf(dialect) })).toBe('empty');
    expect(check('empty', held(200, filled), { dialect: dialectOf(dialect) })).toBe('ok');
  });

  it('find JSON that is none only where JSON was asked for', () => {
    expect(check('not-json', held(200, chat('{"a":')), { wantsJson: true })).toBe('not-json');
    expect(check('not-json', held(200, chat('{"a":1}')), { wantsJson: true })).toBe('ok');
    expect(check('not-json', held(200, chat('plain words')))).toBe('ok');
    expect(check('not-json', held(200, chat(null, { tool_calls: [{}] })), { wantsJson: true })).toBe('ok');
  });

  it.each(['length', 'max_tokens', 'MAX_TOKENS', 'max_output_tokens'])('find an answer cut off by %s', (stop) => {
    expect(check('cut-off', held(200, chat('x'), { stop }))).toBe('cut-off');
    expect(check('cut-off', held(200, chat('x')))).toBe('ok');
  });

  it.each(['content_filter', 'SAFETY', 'refusal'])('find what a filter stopped (%s)', (stop) => {
    expect(check('content-filter', held(200, chat('x'), { stop }))).toBe('content-filter');
  });

  it('find the prompt that Azure\u2019s filter refused', () => {
    expect(check('content-filter', held(400, { error: { code: 'content_filter', message: 'x' } }))).toBe('content-filter');
    expect(check('content-filter', held(400, { error: { code: 'bad', message: 'content_filter' } }))).toBe('client-error');
  });

  it('hold nothing against an answer whose shape they do not know', () => {
    expect(check('empty', held(200, 'no json'))).toBe('ok');
    expect(check('not-json', held(200, { other: 1 }), { wantsJson: true })).toBe('ok');
  });

  it('judge a stream by whether content came at all', () => {
    const stream = { headers: ['Content-Type', 'text/event-stream'] };
    expect(check('empty', held(200, 'data: [DONE]\n\n', { ...stream, hasContent: false }))).toBe('empty');
    expect(check('empty', held(200, 'data: [DONE]\n\n', stream))).toBe('ok');
    expect(check('not-json', held(200, 'data: x\n\n', stream), { wantsJson: true })).toBe('ok');
  });
});

describe('an answer is held back', () => {
  const none = { hasOthers: false, isRacing: false };
  const others = { hasOthers: true, isRacing: false };
  const stream = ['content-type', 'text/event-stream; charset=utf-8'];

  it.each<[string, Partial<Judged>, number, readonly string[], typeof none, string]>([
    ['not at all when it is good and nobody wants to know more', {}, 200, [], others, 'none'],
    ['when it may be the gateway\u2019s own refusal', {}, 402, [], none, 'whole'],
    ['when it may be LiteLLM\u2019s, which says 400', { target: { ...gateway, wire: 'litellm' } }, 400, [], none, 'whole'],
    ['when the provider may have refused the key', { target: provider }, 401, [], none, 'whole'],
    ['when another target might do better', { target: origin }, 503, [], others, 'whole'],
    ['not when there is no other', { target: origin }, 503, [], none, 'none'],
    ['not when the call itself is at fault', { target: origin }, 404, [], others, 'none'],
    ['whole when its content is to be checked', { checks: ['cut-off'] }, 200, [], others, 'whole'],
    ['to its first content when it is a stream that could be empty', { checks: ['empty'] }, 200, stream, others, 'content'],
    ['not when it is a stream and only its end could be checked', { checks: ['cut-off', 'not-json'] }, 200, stream, others, 'none'],
    ['to its first content when it races', {}, 200, stream, { hasOthers: true, isRacing: true }, 'content'],
    ['to its first byte when it races and is no stream', {}, 200, [], { hasOthers: true, isRacing: true }, 'byte'],
  ])('%s', (_why, more, status, headers, options, expected) => {
    expect(holdFor(judged(more), head(status, headers), options)).toBe(expected);
  });
});

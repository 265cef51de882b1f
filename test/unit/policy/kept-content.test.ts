import { describe, expect, it } from 'vitest';
import type { ContentPiece } from '../../../src/contract/content.ts';
import type { Decision, RequestFacts } from '../../../src/contract/exchange.ts';
import type { Policy } from '../../../src/contract/policy.ts';
import { openAiChat } from '../../../src/dialects/openai-chat.ts';
import { compilePolicy } from '../../../src/policy/compile.ts';
import { contentOf, ContentKeeper, limits } from '../../../src/policy/kept-content.ts';
import { parsePolicy } from '../../../src/policy/parse.ts';
import { applyEdits } from '../../../src/policy/redact.ts';

const surface = { provider: 'openai', product: 'x', pattern: 'x', kind: 'api', handling: 'intercept', forward: 'route' } as const;
const head = { method: 'POST', scheme: 'https', host: 'h', port: 443, path: '/', headers: [], httpVersion: '1.1' } as const;
const policyOf = (text: string): Policy => parsePolicy(text, 'p.yaml');
const redactsTokens = policyOf('{"version":1,"rules":[{"id":"a","action":"redact","when":{"findings":"github-token"}}]}');
const token = `ghp_${'a1B2'.repeat(9)}`;

function decided(json: string, policy: Policy = redactsTokens): { facts: RequestFacts; decision: Decision; body: Buffer } {
  const body = Buffer.from(json);
  const read = openAiChat.readRequest(body, head);
  if (!read.ok) throw new Error(read.reason);
  const compiled = compilePolicy(policy, { revision: 'r', fingerprint: () => 'f' });
  return { facts: read.facts, decision: compiled.evaluate({ app: undefined, host: 'h', surface, dialect: 'openai-chat', facts: read.facts }), body };
}

const message = (text: string): string => JSON.stringify({ messages: [{ role: 'user', content: text }] });
const sentBy = (pieces: readonly ContentPiece[]): string => pieces.map(({ text, replacement }) => replacement ?? text).join('');

describe('the texts of a call', () => {
  it.each([
    ['plain', message(`a ${token} b`)],
    ['escapes and pairs', message(`"😀"\n${token}\tü ${token}, me@example.org`)],
    ['unicode escapes', `{"messages":[{"role":"user","content":"\\u00fc\\ud83d\\ude00 ${token}!"}]}`],
    ['one value inside another', message(`${token}@example.org`)],
  ])('read as they were sent, %s', (_what, json) => {
    const { facts, decision, body } = decided(json);
    const { spans } = contentOf('id', facts, decision, true);
    const sent = JSON.parse(applyEdits(body, 'edits' in decision ? decision.edits : []).toString()) as { messages: { content: string }[] };
    expect(sentBy(spans.flatMap(({ pieces }) => pieces))).toBe(sent.messages[0]?.content);
    const original = JSON.parse(json) as { messages: { content: string }[] };
    expect(spans.flatMap(({ pieces }) => pieces.map(({ text }) => text)).join('')).toBe(original.messages[0]?.content);
  });

  it('hold dots in place of every found value, replaced or not', () => {
    const { facts, decision } = decided(message(`x ${token} y me@example.org z`));
    const { spans } = contentOf('id', facts, decision, false);
    expect(spans[0]?.pieces).toEqual([
      { text: 'x ' },
      { text: '•'.repeat(token.length), detector: 'github-token', replacement: '[REDACTED:github-token]' },
      { text: ' y ' },
      { text: '•'.repeat('me@example.org'.length), detector: 'email' },
      { text: ' z' },
    ]);
  });

  it('lose their beginning, not their end, when they are too long, and say how much', () => {
    const { facts, decision } = decided(
      JSON.stringify({ messages: ['first', 'y'.repeat(limits.perExchange), 'last'].map((content) => ({ role: 'user', content })) }),
    );
    const { spans, omitted } = contentOf('id', facts, decision, false);
    const texts = spans.map(({ pieces }) => pieces.map(({ text }) => text).join(''));
    expect(texts.map((text) => text.length)).toEqual([limits.perExchange - 4, 4]);
    expect(texts.at(-1)).toBe('last');
    expect(omitted).toBe('first'.length + 4);
  });
});

describe('the keeper', () => {
  it('holds the last calls alone and lets go of what a new policy does not keep', async () => {
    let content: Policy['content'] = { keep: 'memory', values: 'clear' };
    const keeper = new ContentKeeper(() => content);
    const { facts, decision } = decided(message('hello'));
    for (let index = 0; index <= limits.exchanges; index++) keeper.take(`id-${index}`, facts, decision);
    await new Promise((resolve) => setImmediate(resolve));
    expect(keeper.count).toBe(limits.exchanges);
    expect(keeper.answer('id-0').kind).toBe('absent');
    expect(keeper.answer('id-1').kind).toBe('kept');
    content = { keep: 'memory', values: 'masked' };
    keeper.policyChanged();
    expect(keeper.count).toBe(0);
    content = { keep: 'none', values: 'masked' };
    keeper.take('later', facts, decision);
    await new Promise((resolve) => setImmediate(resolve));
    expect(keeper.answer('later')).toEqual({ kind: 'absent', reason: expect.stringContaining('content.keep is none') as unknown });
  });
});

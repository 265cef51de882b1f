import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { costOf, pricesDated } from '../../../src/catalog/prices.ts';

const models = [
  ['openai', 'openai', 'gpt-4o'],
  ['openai', 'openai', 'gpt-5-mini'],
  ['anthropic', 'anthropic', 'claude-sonnet-4-5'],
  ['anthropic', 'anthropic', 'claude-opus-4-1'],
  ['google', 'google', 'gemini-2.5-pro'],
  ['vertex', 'google', 'gemini-2.5-flash'],
  ['xai', 'x-ai', 'grok-4'],
  ['moonshot', 'moonshotai', 'kimi-k2-0905-preview'],
  ['deepseek', 'deepseek', 'deepseek-chat'],
  ['perplexity', 'perplexity', 'sonar-pro'],
] as const;

const tokens = fc.integer({ min: 0, max: 500_000 });

describe('the cost of a call', () => {
  it('is what the price table itself computes, for plain and cached tokens and on both sides of a tier', () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), tokens, tokens, tokens, tokens, ([provider, providerId, model], fresh, cached, written, output) => {
        const inputTokens = fresh + cached + written;
        const expected = calcPrice({ input_tokens: inputTokens, cache_read_tokens: cached, cache_write_tokens: written, output_tokens: output }, model, {
          providerId,
        });
        const cost = costOf(provider, model, { inputTokens, cachedInputTokens: cached, cacheWriteTokens: written, outputTokens: output });
        expect(expected).not.toBeNull();
        expect(cost).toBeCloseTo(expected?.total_price ?? Number.NaN, 9);
      }),
    );
  });

  it('counts cached tokens as part of the input, at their own price', () => {
    const plain = costOf('openai', 'gpt-4o', { inputTokens: 1000, outputTokens: 0 });
    const cached = costOf('openai', 'gpt-4o', { inputTokens: 1000, outputTokens: 0, cachedInputTokens: 1000 });
    expect(plain).toBeCloseTo(0.0025, 9);
    expect(cached).toBeCloseTo(0.00125, 9);
  });

  it('never becomes negative when a provider reports more cached tokens than input', () => {
    expect(costOf('openai', 'gpt-4o', { inputTokens: 5, cachedInputTokens: 10, cacheWriteTokens: 10 })).toBeGreaterThan(0);
  });

  it('is unknown for a model, provider or usage that is not known', () => {
    expect(costOf('openai', 'no-such-model', { inputTokens: 1 })).toBeUndefined();
    expect(costOf('acme', 'gpt-4o', { inputTokens: 1 })).toBeUndefined();
    expect(costOf('openai', 'gpt-4o', undefined)).toBeUndefined();
    expect(costOf('openai', 'gpt-4o', {})).toBeUndefined();
    expect(costOf('openai', undefined, { inputTokens: 1 })).toBeUndefined();
  });

  it('stays right while a client invents ever new model names', () => {
    for (let index = 0; index < 2000; index += 1) costOf('openai', `invented-${index}`, { inputTokens: 1 });
    expect(costOf('openai', 'gpt-4o', { inputTokens: 1_000_000, outputTokens: 0 })).toBeCloseTo(2.5, 9);
  });

  it('looks a model up again when the clock has jumped back', () => {
    vi.useFakeTimers({ now: Date.parse('2027-06-01T00:00:00Z') });
    const later = costOf('openai', 'gpt-4o', { inputTokens: 10 });
    vi.setSystemTime(Date.parse('2026-06-01T00:00:00Z'));
    expect(costOf('openai', 'gpt-4o', { inputTokens: 10 })).toBe(later);
    vi.useRealTimers();
  });
});

it('is dated by the release of the price table that is installed', () => {
  const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
  const manifest: unknown = JSON.parse(readFileSync(entry.replace(/dist.*$/, 'package.json'), 'utf8'));
  // A newer table has a newer date: change both together.
  expect([manifest, pricesDated]).toEqual([expect.objectContaining({ version: '0.1.8' }), '2026-09-23']);
});

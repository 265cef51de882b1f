import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { costOf, modelsOf, pricesDated, ratesFor, setPrices } from '../../../src/catalog/prices.ts';

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

describe('the rates of a model', () => {
  it('are the list prices per million, with the size of its context', () => {
    expect(ratesFor('openai', 'gpt-4o')).toEqual({ input: 2.5, output: 10, cacheWrite: undefined, contextTokens: 128_000 });
    expect(ratesFor('anthropic', 'claude-sonnet-4-5-20250929')).toEqual({ input: 3, output: 15, cacheWrite: 3.75, contextTokens: 200_000 });
  });

  it('rise with the size of the input where the list price does', () => {
    expect(ratesFor('google', 'gemini-2.5-pro', 300_000)?.input).toBeGreaterThan(ratesFor('google', 'gemini-2.5-pro')?.input ?? Number.NaN);
  });

  it('are those by which a call is billed', () => {
    for (const [provider, , model] of models) {
      const cost = costOf(provider, model, { inputTokens: 1000, outputTokens: 2000 });
      const rates = ratesFor(provider, model, 1000);
      // Some providers take a fee per request besides.
      expect((cost ?? 0) * 1_000_000).toBeGreaterThanOrEqual(1000 * (rates?.input ?? Number.NaN) + 2000 * (rates?.output ?? Number.NaN) - 1e-6);
    }
  });

  it('are unknown for what the table does not list', () => {
    expect([ratesFor('openai', 'no-such-model'), ratesFor('acme', 'gpt-4o')]).toEqual([undefined, undefined]);
  });
});

describe('prices of the settings', () => {
  function given(prices: Parameters<typeof setPrices>[0]): void {
    setPrices(prices);
    onTestFinished(() => setPrices({}));
  }

  it('go before the table, for models it knows and for those it does not', () => {
    expect(costOf('openai', 'gpt-4o', { inputTokens: 1_000_000 })).toBeCloseTo(2.5, 9);
    given({ 'openai/gpt-4o': { input: 1, output: 2, cachedInput: 0.5 }, 'ollama/*': { input: 0, output: 0 } });
    expect(costOf('openai', 'gpt-4o', { inputTokens: 1_000_000, cachedInputTokens: 500_000, outputTokens: 1_000_000 })).toBeCloseTo(2.75, 9);
    expect(ratesFor('openai', 'gpt-4o')).toEqual({ input: 1, output: 2, cacheWrite: undefined, contextTokens: 128_000 });
    expect(costOf('ollama', 'llama3.2', { inputTokens: 1000, outputTokens: 1000 })).toBe(0);
    setPrices({});
    expect(costOf('openai', 'gpt-4o', { inputTokens: 1_000_000 })).toBeCloseTo(2.5, 9);
  });

  it('are found by the full name before a pattern, and by the first pattern before the next', () => {
    given({ '*': { input: 9, output: 9 }, 'openai/*': { input: 8, output: 8 }, 'OpenAI/GPT-4o': { input: 1, output: 1 } });
    expect([ratesFor('openai', 'gpt-4o')?.input, ratesFor('openai', 'gpt-5')?.input, ratesFor('acme', 'x')?.input]).toEqual([1, 9, 9]);
  });
});

describe('the models of a provider', () => {
  it('are those of the table that are still sold, and those the settings price by name', () => {
    expect(modelsOf('openai')).toContain('gpt-4o');
    expect(modelsOf('xai')).toEqual(modelsOf('x-ai'));
    const withdrawn = findProvider({ providerId: 'mistral' })?.models.filter(({ deprecated }) => deprecated === true) ?? [];
    expect(withdrawn).not.toEqual([]);
    for (const { id } of withdrawn) expect(modelsOf('mistral')).not.toContain(id);
    setPrices({ 'ollama/llama3.2': { input: 0, output: 0 }, 'ollama/*': { input: 0, output: 0 } });
    onTestFinished(() => setPrices({}));
    expect(modelsOf('ollama')).toEqual(['llama3.2']);
  });
});

it('is dated by the release of the price table that is installed', () => {
  const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
  const manifest: unknown = JSON.parse(readFileSync(entry.replace(/dist.*$/, 'package.json'), 'utf8'));
  // A newer table has a newer date: change both together.
  expect([manifest, pricesDated]).toEqual([expect.objectContaining({ version: '0.1.8' }), '2026-09-23']);
});

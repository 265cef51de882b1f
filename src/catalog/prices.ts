// What a call cost, from a dated price table that is part of the installation: nothing is fetched.
import { calcPrice } from '@pydantic/genai-prices';
import type { ModelPrice, TieredPrices } from '@pydantic/genai-prices';
import type { Usage } from '../contract/exchange.ts';

/** The day the price table was published; prices changed since are not in it. */
export const pricesDated = '2026-09-23';

/** The table's names for providers of ours, where they differ. */
const providerIds: Readonly<Record<string, string>> = {
  bedrock: 'aws',
  github: 'github-copilot',
  moonshot: 'moonshotai',
  vertex: 'google',
  xai: 'x-ai',
  zhipu: 'zhipuai',
};

/** Prices change by date and, at some providers, by hour: a looked-up model is believed for this long. */
const believedMs = 60_000;
/** Distinct models kept; a client that invents names must not fill the memory. */
const modelsKept = 500;

interface Entry {
  readonly rates: ModelPrice | undefined;
  readonly until: number;
}
const entries = new Map<string, Entry>();

function lookUp(provider: string, model: string): ModelPrice | undefined {
  try {
    return calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { providerId: providerIds[provider] ?? provider })?.model_price;
  } catch {
    // A row the table itself cannot compute is a model without a price.
    return undefined;
  }
}

function ratesOf(provider: string, model: string): ModelPrice | undefined {
  const key = `${provider}\n${model}`;
  const now = Date.now();
  const known = entries.get(key);
  if (known !== undefined && now < known.until && known.until - now <= believedMs) return known.rates;
  if (entries.size >= modelsKept) entries.clear();
  const rates = lookUp(provider, model);
  entries.set(key, { rates, until: now + believedMs });
  return rates;
}

/** US dollars per million tokens; the highest tier that the whole input passes holds for every token. */
function perMillion(rate: number | TieredPrices | undefined, inputTokens: number): number | undefined {
  if (rate === undefined || typeof rate === 'number') return rate;
  return rate.tiers.findLast((tier) => inputTokens > tier.start)?.price ?? rate.base;
}

/**
 * US dollars for one call, by the list price of the model; undefined where the model or its price is not known.
 * `usage.inputTokens` counts all input, cached and cache-written tokens included; `usage.outputTokens` counts reasoning too.
 */
export function costOf(provider: string, model: string | undefined, usage: Usage | undefined): number | undefined {
  if (model === undefined || usage === undefined) return undefined;
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const rates = ratesOf(provider, model);
  if (rates === undefined) return undefined;
  const input = inputTokens ?? 0;
  const inputRate = perMillion(rates.input_mtok, input) ?? 0;
  const cached = Math.min(usage.cachedInputTokens ?? 0, input);
  const written = Math.min(usage.cacheWriteTokens ?? 0, input - cached);
  const dollars =
    (input - cached - written) * inputRate +
    cached * (perMillion(rates.cache_read_mtok, input) ?? inputRate) +
    written * (perMillion(rates.cache_write_mtok, input) ?? inputRate) +
    (outputTokens ?? 0) * (perMillion(rates.output_mtok, input) ?? 0);
  return dollars / 1_000_000 + (perMillion(rates.requests_kcount, input) ?? 0) / 1_000;
}

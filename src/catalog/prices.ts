// What a call costs, by the settings or by a dated price table that is part of the installation: nothing is fetched.
import { calcPrice, findProvider } from '@pydantic/genai-prices';
import type { ModelPrice, TieredPrices } from '@pydantic/genai-prices';
import type { PriceSettings } from '../contract/budget.ts';
import type { Usage } from '../contract/exchange.ts';
import { compileNames } from '../contract/names.ts';

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
  readonly contextTokens: number | undefined;
  readonly until: number;
}
const entries = new Map<string, Entry>();

interface Override {
  readonly name: string;
  readonly matches: (name: string) => boolean;
  readonly rates: ModelPrice;
}
let overrides: readonly Override[] = [];

/** Takes prices of the settings, by `provider/model` with `*`, in place of the table's. A full name goes before a pattern; of patterns, the first. */
export function setPrices(prices: Readonly<Record<string, PriceSettings>>): void {
  const all = Object.entries(prices).map(([name, { input, output, cachedInput, cacheWrite }]) => ({
    name,
    matches: compileNames(name),
    rates: { input_mtok: input, output_mtok: output, cache_read_mtok: cachedInput, cache_write_mtok: cacheWrite },
  }));
  overrides = [...all.filter(({ name }) => !name.includes('*')), ...all.filter(({ name }) => name.includes('*'))];
  entries.clear();
}

function lookUp(provider: string, model: string): Omit<Entry, 'until'> {
  const name = `${provider}/${model}`.toLowerCase();
  const set = overrides.find(({ matches }) => matches(name))?.rates;
  try {
    const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { providerId: providerIds[provider] ?? provider });
    return { rates: set ?? found?.model_price, contextTokens: found?.model.context_window };
  } catch {
    // A row the table itself cannot compute is a model without a price.
    return { rates: set, contextTokens: undefined };
  }
}

function entryOf(provider: string, model: string): Entry {
  const key = `${provider}\n${model}`;
  const now = Date.now();
  const known = entries.get(key);
  if (known !== undefined && now < known.until && known.until - now <= believedMs) return known;
  if (entries.size >= modelsKept) entries.clear();
  const entry = { ...lookUp(provider, model), until: now + believedMs };
  entries.set(key, entry);
  return entry;
}

export interface ModelRates {
  /** US dollars per million tokens. */
  readonly input: number;
  readonly output: number;
  /** Where writing to the provider's cache has a price of its own. */
  readonly cacheWrite: number | undefined;
  /** Input and output that the model takes together; undefined where the table does not tell. */
  readonly contextTokens: number | undefined;
}

/** List prices of a model for a call with so much input: some cost more above a size. Undefined where the model or its price is not known. */
export function ratesFor(provider: string, model: string, inputTokens = 0): ModelRates | undefined {
  const { rates, contextTokens } = entryOf(provider, model);
  const input = perMillion(rates?.input_mtok, inputTokens);
  const output = perMillion(rates?.output_mtok, inputTokens);
  if (input === undefined && output === undefined) return undefined;
  return { input: input ?? 0, output: output ?? 0, cacheWrite: perMillion(rates?.cache_write_mtok, inputTokens), contextTokens };
}

/** Models of a provider that the table or the settings give a price by their full name; those it has withdrawn are left out. */
export function modelsOf(provider: string): readonly string[] {
  const table = findProvider({ providerId: providerIds[provider] ?? provider })?.models ?? [];
  const prefix = `${provider}/`;
  const set = overrides.filter(({ name }) => name.startsWith(prefix) && !name.includes('*')).map(({ name }) => name.slice(prefix.length));
  return [...new Set([...table.filter(({ deprecated }) => deprecated !== true).map(({ id }) => id), ...set])];
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
  const { rates } = entryOf(provider, model);
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

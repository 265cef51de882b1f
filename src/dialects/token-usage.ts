// The one meaning of token figures that every dialect maps to.
import type { Usage } from '../contract/exchange.ts';

type Figures = { readonly [K in keyof Usage]-?: number | undefined };

/**
 * Usage in the contract's sense, in tokens, without the figures that were not reported:
 * `inputTokens` is all input, that read from and written to a cache included; `outputTokens` is all output, reasoning included;
 * `cachedInputTokens`, `cacheWriteTokens` and `reasoningTokens` are parts of those two.
 */
export function usageOf(figures: Figures): Usage {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
}

/** The sum of the figures that are there; undefined when none is. */
export function sumOf(...figures: (number | undefined)[]): number | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, figure) => sum + figure, 0);
}

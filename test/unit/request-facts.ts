// Facts of a request, for tests that care about some of them.
import type { RequestFacts } from '../../src/contract/exchange.ts';

/** What a dialect reads from a plain call that says nothing but its model; `changes` on top. */
export function factsOf(changes: Partial<RequestFacts> = {}): RequestFacts {
  return {
    model: 'gpt-5',
    stream: false,
    spans: [],
    tools: [],
    modelAt: undefined,
    maxOutputTokens: undefined,
    hasMedia: false,
    wantsJson: false,
    fields: ['model', 'messages'],
    ...changes,
  };
}

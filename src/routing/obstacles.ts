// Says why a call finds no place, target by target, and how long until it would.
import type { Leaf } from './node.ts';
import type { NextPick } from './plan.ts';
import { unmet } from './demand.ts';
import type { Obstacle, Search } from './search.ts';

const leastRetryMs = 1_000;

/** @param leaves all of the route; the search's level is `any` */
export function explainNone(leaves: readonly Leaf[], search: Search, attempts: number): NextPick {
  const found = leaves.map((leaf) => ({ leaf, obstacle: search.obstacle(leaf) ?? ('full' as const) }));
  const why = [...new Set(found.map(({ leaf, obstacle }) => `${leaf.name}: ${inWords(leaf, obstacle, search)}`))].join('; ');
  const has = (...obstacles: readonly Obstacle[]): boolean => found.some(({ obstacle }) => obstacles.includes(obstacle));
  const waits = found.flatMap(({ leaf, obstacle }) => waitFor(leaf, obstacle, search) ?? []);
  const retryAfterSeconds = waits.length === 0 ? undefined : Math.ceil(Math.max(leastRetryMs, Math.min(...waits)) / 1000);
  // With an attempt behind it, what that attempt came to says more than that the rest is at its limit.
  const reason =
    has('full') && attempts === 0
      ? 'overloaded'
      : has('tried') || attempts > 0
        ? 'exhausted'
        : has('resting', 'drained', 'key-refused')
          ? 'resting'
          : 'unserved';
  return { kind: 'none', reason, why, retryAfterSeconds };
}

function inWords(leaf: Leaf, obstacle: Obstacle, search: Search): string {
  const { state, demand } = leaf;
  switch (obstacle) {
    case 'drained':
      return 'taken out by a person';
    case 'tried':
      return 'tried for this call';
    case 'resting':
      return state.detail === '' ? 'resting after failures' : `resting after failures; ${state.detail}`;
    case 'key-refused':
      return 'each of its keys was refused';
    case 'unfit':
      return (demand && unmet(demand, state.target, search.call, search.factsOf(leaf))) ?? 'it does not fit';
    case 'unserved':
      return search.scene.canServe(state.target, search.call, leaf.model) ?? 'it does not serve such calls';
    case 'spared':
      return 'recovering';
    case 'full':
      return state.queue.size > 0 ? `at its limit, ${state.queue.size} waiting` : 'at its limit';
  }
}

/** Milliseconds; undefined where waiting would not help. */
function waitFor(leaf: Leaf, obstacle: Obstacle, search: Search): number | undefined {
  const { state } = leaf;
  const { now } = search;
  const tokens = search.call.estimatedTokens;
  if (obstacle === 'full') return state.waitEstimate(tokens, now);
  if (obstacle === 'resting') return Math.max(state.breaker.restLeft(now), search.healthOf(leaf).breaker.restLeft(now));
  if (obstacle === 'key-refused') return state.keys.waitFor(tokens, now);
  return undefined;
}

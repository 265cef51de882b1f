// latency: of two children drawn by chance the faster one, by first token and time per token of the call's model.
import { leastOf } from '../node.ts';
import type { Leaf, Node, Strategy } from '../node.ts';
import type { Search } from '../search.ts';

/** So many attempts without a first token make a target count as twice as slow: they are a queue that the times do not show yet. */
const pendingThatDouble = 16;

export function latency(weigh: 'first-token' | 'whole' = 'whole'): Strategy {
  /** Looks at one child per call, so that none stays unknown. */
  let inspected = 0;
  const cost = (leaf: Leaf, search: Search): number => {
    const { latency: times, pending } = search.healthOf(leaf);
    const expected = weigh === 'whole' ? times.wholeMs(search.call.maxOutputTokens) : times.firstTokenMs;
    // Not known yet: one call explores it, the others go where something is known.
    if (Number.isNaN(expected)) return pending === 0 ? 0 : Number.MAX_VALUE;
    return expected * (1 + pending / pendingThatDouble);
  };
  const explore = (children: readonly Node[], search: Search): number => {
    inspected = (inspected + 1) % children.length;
    const child = children[inspected];
    return child?.leaves.some((leaf) => isUnknown(leaf, search) && search.obstacle(leaf) === undefined) ? inspected : -1;
  };
  return {
    name: 'latency',
    choose: (children, search, limit) => {
      if (limit === 0) return -1;
      const unknown = explore(children, search);
      if (unknown >= 0) return unknown;
      const one = openFrom(children, search, -1);
      if (one < 0) return -1;
      const other = openFrom(children, search, one);
      if (other < 0) return one;
      const costOf = (at: number): number => {
        const child = children[at];
        return child ? leastOf(child, search, cost) : Infinity;
      };
      return costOf(other) < costOf(one) ? other : one;
    },
  };
}

/** Never measured or not lately, and nobody is finding out. */
function isUnknown(leaf: Leaf, search: Search): boolean {
  const health = search.healthOf(leaf);
  return health.pending === 0 && health.latency.isCold(search.now);
}

/** An open child, drawn by chance; -1 where there is none but `except`. */
function openFrom(children: readonly Node[], search: Search, except: number): number {
  const count = children.length;
  // A few darts find one nearly always, each open child as likely as the other.
  for (let dart = 0; dart < 4; dart++) {
    const at = Math.floor(search.scene.random() * count);
    if (at !== except && children[at]?.isOpen(search)) return at;
  }
  const from = Math.floor(search.scene.random() * count);
  for (let i = 0; i < count; i++) {
    const at = (from + i) % count;
    if (at !== except && children[at]?.isOpen(search)) return at;
  }
  return -1;
}

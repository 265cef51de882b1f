// least-busy: the child with the fewest tokens under way and waiting, then the fewest calls.
import { leastOf } from '../node.ts';
import type { Leaf, Strategy } from '../node.ts';

/** What is under way and waiting there: tokens, and a little for each call so that equal tokens go by calls. */
export function load({ state }: Leaf): number {
  return state.tokensUnderWay + state.tokensWaiting + state.inFlight + state.queue.size;
}

export function leastBusy(): Strategy {
  /** Where the search begins, so that equally idle children take turns. */
  let first = 0;
  return {
    name: 'least-busy',
    choose: (children, search, limit) => {
      first = (first + 1) % children.length;
      let [best, least] = [-1, Infinity];
      for (let i = 0; i < limit; i++) {
        const at = (first + i) % children.length;
        const child = children[at];
        const busy = child ? leastOf(child, search, load, least) : Infinity;
        if (busy < least) [best, least] = [at, busy];
      }
      return best;
    },
  };
}

// cost: the cheapest child for this call; those whose price is not known come last, equal ones go by load.
import { Leaf, leastOf } from '../node.ts';
import type { Node, Strategy } from '../node.ts';
import type { Search } from '../search.ts';
import { load } from './least-busy.ts';

/** Expected where the call sets no limit to its answer. */
const usualAnswerTokens = 500;
const perMillion = 1e-6;

/** US dollars for the call at this place, by estimate; a million where the price is not known. */
function price(leaf: Leaf, search: Search): number {
  const facts = search.factsOf(leaf);
  if (facts?.inputPrice === undefined || facts.outputPrice === undefined) return 1e6;
  const answer = Math.min(usualAnswerTokens, search.call.maxOutputTokens ?? usualAnswerTokens);
  return (search.call.estimatedTokens * facts.inputPrice + answer * facts.outputPrice) * perMillion;
}

export const cost: Strategy = {
  name: 'cost',
  choose: (children, search, limit) => {
    let [best, least, leastLoad] = [-1, Infinity, Infinity];
    for (let i = 0; i < limit; i++) {
      const child = children[i];
      if (!child) continue;
      const isLeaf = child instanceof Leaf;
      const own = isLeaf ? price(child, search) : leastOf(child, search, price);
      if (own > least || own === Infinity) continue;
      const busy = isLeaf ? load(child) : leastOf(child, search, load);
      if ((own < least || busy < leastLoad) && child.isOpen(search)) [best, least, leastLoad] = [i, own, busy];
    }
    return best;
  },
  shares: (children, search) => {
    const prices = children.map((child: Node) => leastOf(child, search, price));
    const least = Math.min(...prices);
    const cheapest = prices.filter((own) => own === least && own < Infinity).length;
    return prices.map((own) => (own === least && own < Infinity ? 1 / cheapest : 0));
  },
};

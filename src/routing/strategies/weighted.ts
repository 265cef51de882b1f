// weighted and round-robin: smooth turns, by the weights of the children or by equal ones.
import type { Node, Strategy } from '../node.ts';
import type { Search } from '../search.ts';
import { Wheel } from '../wheel.ts';

/** A child that is passed over for a call neither gains nor loses by it. */
function turnsBy(name: 'weighted' | 'round-robin', places: number, weightOf: (child: Node) => number): Strategy {
  const first = new Wheel(places);
  // Second attempts have turns of their own: the shares of calls stay exact whatever fails.
  const further = new Wheel(places);
  const offer = (children: readonly Node[], search: Search, limit: number, offered: Float64Array): void => {
    for (let i = 0; i < children.length; i++) {
      const child = children[i];
      const weight = child && i < limit ? weightOf(child) : 0;
      offered[i] = weight > 0 && child?.isOpen(search) ? weight : 0;
    }
  };
  return {
    name,
    choose: (children, search, limit) => {
      const wheel = search.isFirst ? first : further;
      offer(children, search, limit, wheel.offered);
      return wheel.turn();
    },
    shares: (children, search) => {
      const offered = new Float64Array(children.length);
      offer(children, search, children.length, offered);
      const total = offered.reduce((sum, weight) => sum + weight, 0);
      return [...offered].map((weight) => (total > 0 ? weight / total : 0));
    },
  };
}

export const weighted = (places: number): Strategy => turnsBy('weighted', places, ({ weight }) => weight);
export const roundRobin = (places: number): Strategy => turnsBy('round-robin', places, () => 1);

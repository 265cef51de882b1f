// weighted and round-robin: smooth turns, by the weights of the children or by equal ones.
import type { Node, Strategy } from '../node.ts';
import { Wheel } from '../wheel.ts';

/** A child that is not open when its turn comes loses it; the others share it by their weights. */
function turnsBy(name: 'weighted' | 'round-robin', places: number, weightOf: (child: Node) => number): Strategy {
  const first = new Wheel(places);
  // Second attempts have turns of their own: the shares of calls stay exact whatever fails.
  const further = new Wheel(places);
  return {
    name,
    choose: (children, search, limit) => {
      const wheel = search.isFirst ? first : further;
      for (let i = 0; i < children.length; i++) {
        const child = children[i];
        wheel.offered[i] = child && i < limit ? weightOf(child) : 0;
      }
      return wheel.turn((i) => children[i]?.isOpen(search) === true);
    },
    shares: (children, search) => {
      const weights = children.map((child) => (child.isOpen(search) ? weightOf(child) : 0));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.map((weight) => (total > 0 ? weight / total : 0));
    },
  };
}

export const weighted = (places: number): Strategy => turnsBy('weighted', places, ({ weight }) => weight);
export const roundRobin = (places: number): Strategy => turnsBy('round-robin', places, () => 1);

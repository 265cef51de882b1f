// hash: calls of one session go to one child, so that its prompt cache knows them, unless it is loaded far above the mean.
import type { RoutedCall } from '../../contract/routing.ts';
import type { Node, Strategy } from '../node.ts';
import { hash32, Ring } from '../ring.ts';

type HashBy = 'user' | 'session' | 'conversation';

const usualLoadFactor = 1.25;
/** So few calls at once are no load: they stay together whatever the mean is. */
const alwaysTogether = 8;

function keyOf(call: RoutedCall, by: HashBy): string {
  if (by === 'user') return call.user ?? '';
  if (by === 'session' && call.session !== undefined) return call.session;
  return call.conversation() || (call.user ?? '');
}

export function hashed(
  children: readonly Node[],
  { by = 'session', loadFactor = usualLoadFactor }: { by?: HashBy | undefined; loadFactor?: number | undefined },
): Strategy {
  // Two places of one name are told apart by their order, and keep their points when others leave.
  const names = children.map(({ name }, i) => `${name}#${children.slice(0, i).filter((other) => other.name === name).length}`);
  const ring = new Ring(
    names,
    children.map(({ weight }) => weight),
  );
  const open = new Uint8Array(children.length);
  const inFlight = (child: Node | undefined): number => (child ? child.leaves.reduce((sum, { state }) => sum + state.inFlight, 0) : 0);
  return {
    name: 'hash',
    choose: (nodes, search, limit) => {
      const from = ring.start(hash32(keyOf(search.call, by)));
      const isOpen = (at: number): boolean => at < limit && nodes[at]?.isOpen(search) === true;
      const home = ring.size > 0 ? ring.member(from) : -1;
      if (home >= 0 && inFlight(nodes[home]) < alwaysTogether && isOpen(home)) return home;
      let [count, total] = [0, 0];
      for (let i = 0; i < nodes.length; i++) {
        open[i] = isOpen(i) ? 1 : 0;
        if (open[i] !== 1) continue;
        count += 1;
        total += inFlight(nodes[i]);
      }
      if (count === 0) return -1;
      const most = Math.max(alwaysTogether, Math.ceil((loadFactor * (total + 1)) / count));
      let first = -1;
      for (let step = 0; step < ring.size; step++) {
        const at = ring.member(from + step);
        if (open[at] !== 1) continue;
        if (inFlight(nodes[at]) < most) return at;
        if (first < 0) first = at;
      }
      // Members of weight 0 have no points: they serve when nobody else does.
      return first >= 0 ? first : open.indexOf(1);
    },
  };
}

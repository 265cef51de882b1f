// cascade: the first child that is open.
import type { Strategy } from '../node.ts';

export const cascade: Strategy = {
  name: 'cascade',
  choose: (children, search, limit) => {
    for (let i = 0; i < limit; i++) if (children[i]?.isOpen(search)) return i;
    return -1;
  },
  shares: (children, search) => {
    const first = children.findIndex((child) => child.isOpen(search));
    return children.map((_, i) => (i === first ? 1 : 0));
  },
};

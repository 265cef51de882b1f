// random: any child that is open, each as likely as the other.
import type { Strategy } from '../node.ts';

export function randomly(): Strategy {
  return {
    name: 'random',
    choose: (children, search, limit) => {
      // A few darts hit an open child nearly always, each as likely as the other.
      for (let dart = 0; dart < 4; dart++) {
        const at = Math.floor(search.scene.random() * limit);
        if (children[at]?.isOpen(search)) return at;
      }
      // One pass: the n-th open child takes the place of the one kept before with a chance of 1/n.
      let [kept, open] = [-1, 0];
      for (let i = 0; i < limit; i++) if (children[i]?.isOpen(search) && search.scene.random() * ++open < 1) kept = i;
      return kept;
    },
    shares: (children, search) => {
      const open = children.map((child) => child.isOpen(search));
      const count = open.filter(Boolean).length;
      return open.map((isOpen) => (isOpen ? 1 / count : 0));
    },
  };
}

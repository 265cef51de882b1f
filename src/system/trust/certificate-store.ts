// A store of the system that lists, adds and removes certificates by its own tool: what is ours in it, by SHA-1.
import type { Register, SetupMachine, SetupSurface } from '../surface.ts';
import { ownAmong, sha1Of } from './certificates.ts';

export interface CertificateStore extends Pick<SetupSurface, 'id' | 'what' | 'to'> {
  /** Why it cannot be changed, once it is known that there is something to change. */
  readonly hindrance: () => Promise<string | undefined>;
  /** Every certificate in it, PEM each. */
  readonly list: () => Promise<readonly string[]>;
  /** Those that are trusted. */
  readonly roots: () => Promise<readonly string[]>;
  readonly add: () => Promise<void>;
  readonly remove: (sha1: string, pem: string) => Promise<void>;
}

export function certificateStore({ ca }: SetupMachine, { id, what, to, hindrance, list, roots, add, remove }: CertificateStore): SetupSurface {
  const wanted = sha1Of(ca.pem);
  const own = async (): Promise<ReadonlyMap<string, string>> => new Map(ownAmong(await list()).map((pem) => [sha1Of(pem), pem]));
  return {
    id,
    group: 'trust',
    life: 'lasting',
    what,
    to,
    read: async () => [...(await own()).keys()].toSorted(),
    wanted: () => [wanted],
    // An older CA that is taken out stays out: nothing can be signed with it any more.
    write: async (value: Register) => {
      const target = value as readonly string[];
      const present = await own();
      if (target.includes(wanted) && !present.has(wanted)) await add();
      for (const [sha1, pem] of present) if (!target.includes(sha1)) await remove(sha1, pem);
    },
    // Others do not put our certificates anywhere: what is left of ours is ours.
    without: () => [],
    obstacle: async () => {
      const present = await own();
      return present.size === 1 && present.has(wanted) ? undefined : await hindrance();
    },
    roots,
  };
}

// How the agent's own connections are told from those of programs, so that they are not led back to it.
import { existsSync, readFileSync } from 'node:fs';
import { systemPath } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';

export type Exclusion = { readonly kind: 'uid'; readonly uid: number } | { readonly kind: 'cgroup'; /** Below /sys/fs/cgroup. */ readonly path: string };

/**
 * The control group of the agent's own service, where it runs as one: then programs of root are captured as well.
 * Else its user, which is root: only root may set the rules. (A mark on the socket would be finer, but Node cannot set one.)
 */
export function agentExclusion(machine: Pick<SetupMachine, 'root'>): Exclusion {
  const path = ownService(machine);
  return path === undefined ? { kind: 'uid', uid: 0 } : { kind: 'cgroup', path };
}

function ownService(machine: Pick<SetupMachine, 'root'>): string | undefined {
  // nft finds groups below /sys/fs/cgroup only: not on machines that still mix both versions.
  if (!existsSync(systemPath(machine, '/sys/fs/cgroup/cgroup.controllers'))) return undefined;
  try {
    const path = /^0::\/(.+)$/m.exec(readFileSync(systemPath(machine, '/proc/self/cgroup'), 'utf8'))?.[1];
    // A terminal's group holds the programs started from it as well; a service's holds the agent alone.
    return path !== undefined && /(^|\/)heimdall[^/"]*\.service$/.test(path) && !/["\\\s]/.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

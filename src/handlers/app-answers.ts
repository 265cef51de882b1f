// Answers about apps: which spoke to AI services, which are installed, and what was decided about them.
import type { AppFigures } from '../audit/app-usage.ts';
import { noteRecord } from '../audit/note.ts';
import { namedApps } from '../catalog/app-names.ts';
import type { Handlers } from '../contract/control.ts';
import type { AppRow } from '../contract/usage.ts';
import { policyOrigin } from '../policy/parts.ts';
import { mayDecide } from '../policy/user-rights.ts';
import { CoverageView } from './app-coverage.ts';
import type { CoverageLook } from './app-coverage.ts';
import type { AnswerContext } from './handlers.ts';

export function appAnswers({ rooms, loaded, platform, env, machine, board }: AnswerContext): Pick<Handlers, 'apps.list' | 'apps.decide'> {
  const coverage = new CoverageView({ care: machine, platform, env, isPaused: () => board.isPaused });
  const rowOf = (id: string, figures: Readonly<AppFigures> | undefined, look: CoverageLook): AppRow => {
    const named = namedApps.get(id);
    return {
      id,
      name: named?.name ?? id,
      known: named !== undefined,
      installedAt: look.installed.get(id),
      firstSeen: figures?.firstSeen,
      lastSeen: figures?.lastSeen,
      exchanges: figures?.exchanges ?? 0,
      tunnels: figures?.tunnels ?? 0,
      blocked: figures?.blocked ?? 0,
      costUsd: figures?.costUsd ?? 0,
      ...rooms().people.apps.of(id),
      coverage: look.of(id),
    };
  };
  const looked = async (): Promise<{ seen: ReadonlyMap<string, Readonly<AppFigures>>; look: CoverageLook }> => {
    const seen = await rooms().people.usage.figures();
    return { seen, look: await coverage.look(seen) };
  };
  return {
    'apps.list': async () => {
      const { seen, look } = await looked();
      const ids = new Set([...seen.keys(), ...look.detected, ...rooms().people.apps.decided]);
      // What was seen last comes first; what was never seen stands at the end, by name.
      return [...ids].map((id) => rowOf(id, seen.get(id), look)).sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0) || a.name.localeCompare(b.name));
    },
    'apps.decide': async ({ app, decision }) => {
      const { policy, audit, people } = rooms();
      mayDecide(policy.policy, policyOrigin(loaded), app);
      people.apps.decide(app, decision);
      audit.append(noteRecord(`Decided over the control socket: the app "${app}" is ${decision}.`, Date.now()));
      const { seen, look } = await looked();
      return rowOf(app, seen.get(app), look);
    },
  };
}

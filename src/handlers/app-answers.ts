// Answers about apps: which spoke to AI services, which are installed, and what was decided about them.
import type { AppFigures } from '../audit/app-usage.ts';
import { noteRecord } from '../audit/note.ts';
import { namedApps } from '../catalog/app-names.ts';
import { appOf } from '../catalog/apps.ts';
import type { Handlers } from '../contract/control.ts';
import type { AppRow } from '../contract/usage.ts';
import { policyOrigin } from '../policy/parts.ts';
import { mayDecide } from '../policy/user-rights.ts';
import { findInstalledApps } from '../system/installed-apps.ts';
import type { AnswerContext } from './handlers.ts';

export function appAnswers({ rooms, loaded, platform, env }: AnswerContext): Pick<Handlers, 'apps.list' | 'apps.decide'> {
  const rowOf = (id: string, figures: Readonly<AppFigures> | undefined, installedAt: string | undefined): AppRow => {
    const named = namedApps.get(id);
    return {
      id,
      name: named?.name ?? id,
      known: named !== undefined,
      installedAt,
      firstSeen: figures?.firstSeen,
      lastSeen: figures?.lastSeen,
      exchanges: figures?.exchanges ?? 0,
      tunnels: figures?.tunnels ?? 0,
      blocked: figures?.blocked ?? 0,
      costUsd: figures?.costUsd ?? 0,
      ...rooms().people.apps.of(id),
    };
  };
  const look = async (): Promise<{ seen: ReadonlyMap<string, Readonly<AppFigures>>; installed: ReadonlyMap<string, string> }> => {
    const { usage } = rooms().people;
    const [seen, installed] = await Promise.all([
      usage.figures(),
      findInstalledApps({ platform, env, appOf, isAiApp: (app) => namedApps.get(app)?.isAiApp === true }),
    ]);
    return { seen, installed };
  };
  return {
    'apps.list': async () => {
      const { seen, installed } = await look();
      const ids = new Set([...seen.keys(), ...installed.keys(), ...rooms().people.apps.decided]);
      // What was seen last comes first; what was never seen stands at the end, by name.
      return [...ids]
        .map((id) => rowOf(id, seen.get(id), installed.get(id)))
        .sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0) || a.name.localeCompare(b.name));
    },
    'apps.decide': async ({ app, decision }) => {
      const { policy, audit, people } = rooms();
      mayDecide(policy.policy, policyOrigin(loaded), app);
      people.apps.decide(app, decision);
      audit.append(noteRecord(`Decided over the control socket: the app "${app}" is ${decision}.`, Date.now()));
      const { seen, installed } = await look();
      return rowOf(app, seen.get(app), installed.get(app));
    },
  };
}

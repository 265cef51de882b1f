// The English catalog: every word the window shows, by view. A translation is another object of this shape.
import { about } from './about.ts';
import { activity } from './activity.ts';
import { apps } from './apps.ts';
import { ask } from './ask.ts';
import { common, decisions, links, states } from './shared-words.ts';
import { diagnostics } from './diagnostics.ts';
import { firstRun } from './first-run.ts';
import { policy } from './policy.ts';
import { settings } from './settings.ts';
import { status } from './status.ts';
import { targets } from './targets.ts';

export const t = { common, states, links, decisions, status, activity, apps, policy, targets, diagnostics, settings, about, firstRun, ask };

// How far one app is covered: detected, wired, trusted, observed, enforced, each with what proved it, or the reason and the fix.
import type { AppCoverage, AppFacts, AppSightings, CoverageStep, Sighting } from '../../contract/coverage.ts';
import { packagesOf, packageWords } from './found-package.ts';
import { moment } from './machine-facts.ts';
import type { MachineFacts } from './machine-facts.ts';
import type { RunningApp } from './running-apps.ts';
import { trustedStep } from './trusted.ts';
import { wiredStep } from './wired.ts';

export interface CoverageQuestion {
  readonly app: string;
  readonly facts: AppFacts | undefined;
  readonly machine: MachineFacts;
  /** What the log holds of any app; undefined: it was not asked, no agent runs. */
  readonly seen: ReadonlyMap<string, AppSightings> | undefined;
  /** What Heimdall does with the app's own host; undefined: not in the catalog. */
  readonly handling: 'intercept' | 'tunnel' | undefined;
  readonly isPaused: boolean;
}

export function coverageOf(question: CoverageQuestion): AppCoverage {
  const { app, facts, machine, seen } = question;
  const apps = facts?.partOf?.apps ?? [app];
  const running = machine.running.filter((each) => apps.includes(each.app));
  const own = facts?.partOf === undefined ? seen?.get(app) : undefined;
  const wired = wiredStep({ facts, machine, running, seen: own });
  return {
    detected: detectedStep(app, facts, machine, running, sightingsOf(question)),
    wired,
    trusted: trustedStep({ facts, machine, running, seen: own }),
    observed: observedStep(question, running, wired),
    enforced: enforcedStep(question),
  };
}

/** Whether it is here at all, so that it belongs in the list. */
export function isDetected(app: string, facts: AppFacts | undefined, { installed, packages, running }: MachineFacts): boolean {
  return installed.has(app) || packagesOf(facts?.packages, packages).length > 0 || running.some((each) => each.app === app);
}

/** An exchange or tunnel of it, the newest; of a part of other apps: theirs, with its provider. */
function sightingsOf({ app, facts, seen }: CoverageQuestion): Sighting | undefined {
  const { partOf } = facts ?? {};
  const all =
    partOf === undefined
      ? [...(seen?.get(app)?.providers.values() ?? []), seen?.get(app)?.lastExchange, seen?.get(app)?.lastTunnel]
      : partOf.apps.map((each) => (partOf.provider === undefined ? undefined : seen?.get(each)?.providers.get(partOf.provider)));
  return all.filter((each) => each !== undefined).sort((a, b) => b.at - a.at)[0];
}

function detectedStep(
  app: string,
  facts: AppFacts | undefined,
  machine: MachineFacts,
  running: readonly RunningApp[],
  sighting: Sighting | undefined,
): CoverageStep {
  const place = machine.installed.get(app);
  const packages = [...new Set(packagesOf(facts?.packages, machine.packages).map(packageWords))];
  const processes = facts?.partOf === undefined ? running : [];
  const proofs = [
    ...(place === undefined ? [] : [place]),
    ...packages.slice(0, 3),
    ...(processes.length === 0
      ? []
      : [
          `${processes.length === 1 ? 'process' : 'processes'} ${processes
            .slice(0, 3)
            .map(({ pid }) => pid)
            .join(', ')}`,
        ]),
  ];
  if (proofs.length > 0) return { state: 'yes', how: `Found: ${proofs.join('; ')}.` };
  if (sighting !== undefined) return { state: 'yes', how: `It called ${sighting.host} at ${moment(sighting.at)}; no installation was found.` };
  return { state: 'no', how: 'Files, packages, editor extensions and running programs were looked through.', reason: 'It was not found on this computer.' };
}

const needsAgent: CoverageStep = {
  state: 'unknown',
  how: 'Only a running agent can tell.',
  reason: 'No agent runs.',
  fix: '`heimdall run`, or the tray app',
};

function observedStep(question: CoverageQuestion, running: readonly RunningApp[], wired: CoverageStep): CoverageStep {
  const { facts, seen } = question;
  if (seen === undefined) return needsAgent;
  const sighting = sightingsOf(question);
  if (sighting !== undefined) return { state: 'yes', how: `Its call to ${sighting.host} was seen at ${moment(sighting.at)}, and that it was this program.` };
  if (facts?.partOf !== undefined && facts.partOf.provider === undefined) {
    return {
      state: 'unknown',
      how: 'Its calls are made by the editor it is part of.',
      reason: 'Which extension made a call of the editor cannot be told.',
      fix: 'See the row of the editor.',
    };
  }
  const how = 'No connection of it to an AI host stands in the audit log.';
  if (running.length === 0)
    return { state: 'no', how, reason: 'It never ran since Heimdall keeps its log, or made no call.', fix: 'Start it and make a call.' };
  if (wired.state === 'yes') return { state: 'no', how, reason: 'It runs, and has made no AI call yet.', fix: 'Make a call with it.' };
  return { state: 'no', how, reason: 'It runs, but its calls do not come through Heimdall.', fix: wired.fix ?? '`heimdall setup`' };
}

function enforcedStep({ app, facts, seen, handling, isPaused }: CoverageQuestion): CoverageStep {
  if (seen === undefined) return needsAgent;
  if (facts?.partOf !== undefined) {
    return {
      state: 'unknown',
      how: 'Its calls are made by the editor it is part of.',
      reason: 'Policy is applied to the calls of the editor.',
      fix: 'See the row of the editor.',
    };
  }
  const { lastEnforced, lastTunnel, lastRejection } = seen.get(app) ?? {};
  const passed = lastTunnel !== undefined && lastTunnel.at > (lastEnforced?.at ?? 0) ? lastTunnel : undefined;
  if (passed?.why !== undefined) {
    return {
      state: 'no',
      how: `Its connection to ${passed.host} was passed on unread at ${moment(passed.at)}.`,
      reason: passed.why,
      fix: 'Change `pinned` in the policy, or start the app anew so that it accepts the certificate.',
    };
  }
  if (lastEnforced !== undefined) return { state: 'yes', how: `Policy was applied to its call to ${lastEnforced.host} at ${moment(lastEnforced.at)}.` };
  if (lastRejection !== undefined) {
    return {
      state: 'no',
      how: `It broke off the TLS handshake after our certificate for ${lastRejection.host} at ${moment(lastRejection.at)}.`,
      reason: 'Its calls fail, so there was nothing to apply policy to.',
      fix: 'See the step “trusted”.',
    };
  }
  if (passed !== undefined || handling === 'tunnel') {
    const how =
      passed === undefined ? `Its host ${facts?.host ?? ''} is known.` : `Its connection to ${passed.host} was passed on unread at ${moment(passed.at)}.`;
    if (isPaused)
      return { state: 'no', how, reason: 'Heimdall is paused: everything passes unread.', fix: '`heimdall status` shows until when; resume it from the tray.' };
    return {
      state: 'no',
      how,
      reason: 'What is said to this host cannot be read, so rules apply to it by app and host only.',
      fix: 'Block the app or the host by a rule if its calls must not leave.',
    };
  }
  return {
    state: 'no',
    how: 'No call of it that policy decided on stands in the audit log.',
    reason: 'It made none through Heimdall.',
    fix: 'See the steps before.',
  };
}

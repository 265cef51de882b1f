// Whether an app finds the proxy: each route it has is tried, and one that stands is enough.
import type { AppFacts, AppSightings, CoverageStep, ProxyRoute, Sighting } from '../../contract/coverage.ts';
import type { SetupChange } from '../../contract/setup.ts';
import { freshMs, moment } from './machine-facts.ts';
import type { MachineFacts } from './machine-facts.ts';
import type { RunningApp } from './running-apps.ts';

export interface WiredQuestion {
  readonly facts: AppFacts | undefined;
  readonly machine: MachineFacts;
  readonly running: readonly RunningApp[];
  readonly seen: AppSightings | undefined;
}

/** In the order in which a person would want to hear of them: what is nearest to standing first. */
const nearness = ['restart', 'other', 'absent'] as const;

/** One route: it stands, or why not. */
interface Standing {
  readonly kind: 'stands';
  readonly how: string;
}
interface Missing {
  readonly kind: (typeof nearness)[number];
  readonly how: string;
  readonly reason: string;
  readonly fix: string;
}
type Finding = Standing | Missing;

export function wiredStep(question: WiredQuestion): CoverageStep {
  const { facts, machine, running, seen } = question;
  const contained = running.find(({ isContained }) => isContained === true);
  const fresh = newestOf(seen?.lastExchange, seen?.lastTunnel);
  if (fresh !== undefined && machine.now - fresh.at < freshMs) {
    return { state: 'yes', how: `Its connection to ${fresh.host} came through Heimdall at ${moment(fresh.at)}.` };
  }
  if (contained !== undefined) {
    return {
      state: 'no',
      how: `Process ${contained.pid} runs in a container.`,
      reason: 'A container has its own environment, its own certificates and its own localhost.',
      fix: 'Run `heimdall env --for docker` and give the container what it prints.',
    };
  }
  if (facts === undefined) {
    return {
      state: 'unknown',
      how: 'Nothing is known of how this program finds a proxy.',
      fix: 'Start it with HTTPS_PROXY set, and see whether it is observed.',
    };
  }
  const strict = machine.changes.find(({ id, state }) => id?.startsWith('strict.') === true && state === 'done');
  if (strict !== undefined) return { state: 'yes', how: `Strict capture stands: ${strict.what}.` };
  const routes = facts.routes.filter((route) => !('on' in route) || route.on.includes(machine.platform));
  const findings = routes.map((route) => follow(route, question));
  const standing = findings.find((finding) => finding.kind === 'stands');
  if (standing !== undefined) return { state: 'yes', how: standing.how };
  const missing = findings.filter((finding) => finding.kind !== 'stands');
  const nearest = nearness.flatMap((kind) => missing.filter((finding) => finding.kind === kind))[0];
  if (nearest === undefined) {
    return {
      state: 'no',
      how: 'This program takes no proxy from any place that can be set.',
      reason: 'It ignores proxies.',
      fix: '`heimdall setup --strict` captures it at the network (needs an administrator).',
    };
  }
  const { how, reason, fix } = nearest;
  return { state: 'no', how, reason, fix };
}

function newestOf(...sightings: readonly (Sighting | undefined)[]): Sighting | undefined {
  return sightings.filter((each) => each !== undefined).sort((a, b) => b.at - a.at)[0];
}

function follow(route: ProxyRoute, question: WiredQuestion): Finding {
  const { machine } = question;
  switch (route.kind) {
    case 'system':
      return bySystem(question);
    case 'environment':
      return byEnvironment(question);
    case 'settings':
      return byPlaces(settingsOf(route, machine), 'its settings', 'tools');
    case 'own':
      return {
        kind: 'absent',
        how: `It reads the proxy from ${route.where}.`,
        reason: 'That setting is not written by Heimdall.',
        fix: `Set ${route.where} to ${proxyOf(machine)}.`,
      };
  }
}

function settingsOf({ surface, within }: Extract<ProxyRoute, { kind: 'settings' }>, { changes }: MachineFacts): readonly SetupChange[] {
  return changes.filter(({ id }) => id?.startsWith(surface) === true && (within === undefined || id.split(/[\\/]/).includes(within)));
}

/** Whether a settings file of the app gives it the variables, whatever it was started with. */
export function isConfigured({ routes }: AppFacts, machine: MachineFacts): boolean {
  return routes.some((route) => route.kind === 'settings' && settingsOf(route, machine).some(({ state }) => state === 'done'));
}

const proxyOf = ({ agent }: MachineFacts): string => (agent === undefined ? 'the address that `heimdall status` shows' : `http://127.0.0.1:${agent.port}`);

/** The places of one route, as the set-up left them. */
function byPlaces(places: readonly SetupChange[], what: string, group: string): Finding {
  const done = places.find(({ state }) => state === 'done');
  if (done !== undefined) return { kind: 'stands', how: `${done.what}: ${done.to}.` };
  const others = places.find(({ state }) => state === 'changed-by-others' || state === 'failed');
  if (others !== undefined) {
    return {
      kind: 'other',
      how: `${others.what} was looked at.`,
      reason: others.reason ?? 'It was changed since Heimdall set it.',
      fix: `\`heimdall setup --only ${group}\``,
    };
  }
  const waiting = places.find(({ state }) => state === 'waiting');
  if (waiting !== undefined)
    return { kind: 'other', how: `${waiting.what} is chosen.`, reason: 'It is set only while the agent listens.', fix: '`heimdall run`' };
  const open = places.find(({ state }) => state === 'not-done');
  const [place] = places;
  if (open === undefined && place !== undefined) {
    return {
      kind: 'absent',
      how: `${place.what} was looked at.`,
      reason: place.reason ?? 'It cannot be set here.',
      fix: '`heimdall setup --dry-run` shows what can be set.',
    };
  }
  const how = open === undefined ? `No place of ${what} was found.` : `${open.what} was looked at.`;
  return { kind: 'absent', how, reason: `Nothing in ${what} points at Heimdall.`, fix: `\`heimdall setup --only ${group}\`` };
}

function bySystem({ facts, machine }: WiredQuestion): Finding {
  const places = machine.changes.filter(({ id }) => id !== undefined && /^proxy\.(gnome|kde|network-services|internet-settings)/.test(id));
  const set = byPlaces(places, 'the proxy settings of the system', 'proxy');
  if (set.kind !== 'stands') return set;
  const host = facts?.host ?? '';
  const answer = machine.pac.get(host);
  if (machine.agent !== undefined && answer !== undefined && namesPort(answer, machine.agent.port)) {
    return { kind: 'stands', how: `${set.how} The PAC file served there was evaluated for ${host}: ${answer}.` };
  }
  return {
    kind: 'other',
    how: set.how,
    reason: answer === undefined ? 'The PAC file of the agent could not be evaluated.' : `The PAC file answers “${answer}” for ${host}.`,
    fix: '`heimdall doctor` looks into it.',
  };
}

/** The first proxy of the answer is the agent. */
const namesPort = (answer: string, port: number): boolean => new RegExp(`^\\s*(?:PROXY|HTTPS?)\\s+(?:127\\.0\\.0\\.1|localhost):${port}\\b`, 'i').test(answer);

const proxyNames = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

/** Whether a process was started with our address. */
function hasProxy(env: ReadonlyMap<string, string>, port: number): boolean {
  const value = proxyNames.map((name) => env.get(name)).find((each) => each !== undefined && each !== '');
  return value !== undefined && new RegExp(`^(?:https?://)?(?:127\\.0\\.0\\.1|localhost|\\[::1\\]):${port}/?$`, 'i').test(value);
}

function byEnvironment({ machine, running }: WiredQuestion): Finding {
  const { agent } = machine;
  const known = running.filter(({ env }) => env !== undefined);
  const without = known.filter(({ env }) => env !== undefined && (agent === undefined || !hasProxy(env, agent.port)));
  const [proven] = known;
  if (agent !== undefined && proven !== undefined && without.length === 0) {
    return { kind: 'stands', how: `Process ${proven.pid} was started with HTTPS_PROXY=${proxyOf(machine)}.` };
  }
  const ofEnvironment = machine.changes.filter(({ group }) => group === 'environment');
  const values = ofEnvironment.filter(({ id }) => id !== undefined && /^environment\.(script|launchd|user|d)\b/.test(id));
  const set = byPlaces(values, 'the environment', 'environment');
  if (set.kind !== 'stands') return set;
  const [late] = without;
  if (late === undefined) return set;
  return {
    kind: 'restart',
    how: `${set.how} Process ${late.pid} was started without it.`,
    reason: 'It needs a restart: a program reads the environment once, when it starts.',
    fix: `Close it (process ${late.pid}) and start it again, from a new terminal or a new session.`,
  };
}

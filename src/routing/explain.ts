// Says of every place of a route what share of calls it gets, and why, in a sentence.
import type { HealthState, RoutedCall, TargetExplanation } from '../contract/routing.ts';
import { modelState } from './board.ts';
import { Group } from './node.ts';
import type { Leaf, Node } from './node.ts';
import type { Clock } from './plan.ts';
import { Search } from './search.ts';
import type { Scene } from './search.ts';
import type { Adaptive, Factors } from './strategies/adaptive.ts';

/** The call of nobody: what targets get as a rule, whatever a single call asks for. */
const anyCall: RoutedCall = {
  app: undefined,
  user: undefined,
  team: undefined,
  virtualKey: undefined,
  host: '',
  product: '',
  dialect: '',
  provider: undefined,
  model: undefined,
  stream: true,
  estimatedTokens: 1,
  maxOutputTokens: undefined,
  tools: false,
  vision: false,
  json: false,
  task: 'chat',
  priority: 'interactive',
  header: () => undefined,
  session: undefined,
  conversation: () => '',
  at: 0,
  budgetUsed: 0,
  patienceMs: 0,
};

export function explainRoute(route: string, root: Node, scene: Scene, clock: Clock): TargetExplanation[] {
  const model = scene.board.busiestModel(clock.now());
  // Which calls a target can serve is asked for each call by itself; no hold-backs by chance.
  const search = new Search({ ...scene, canServe: () => undefined, random: () => 0 }, { ...anyCall, model });
  search.begin(clock.now());
  return explainNode(root, { route, place: route, share: 1, group: undefined, at: 0 }, search);
}

interface Place {
  readonly route: string;
  readonly place: string;
  readonly share: number;
  readonly group: Group | undefined;
  readonly at: number;
}

function explainNode(node: Node, place: Place, search: Search): TargetExplanation[] {
  if (!(node instanceof Group)) return node.leaves.map((leaf) => explainLeaf(leaf, place, search));
  const shares = node.strategy.shares?.(node.children, search) ?? counted(node, search.now);
  const name = node.name === node.strategy.name ? node.name : `${node.name} (${node.strategy.name})`;
  return node.children.flatMap((child, at) =>
    explainNode(child, { route: place.route, place: `${place.place} › ${name}`, share: shares[at] ?? 0, group: node, at }, search),
  );
}

/** Shares as they were in the last five minutes. */
function counted({ children }: Group, now: number): number[] {
  const picks = children.map(({ leaves }) => leaves.reduce((sum, { recent }) => sum + recent.sum(now), 0));
  const total = picks.reduce((sum, count) => sum + count, 0);
  return picks.map((count) => (total > 0 ? count / total : 0));
}

function explainLeaf(leaf: Leaf, { place, share, group, at }: Place, search: Search): TargetExplanation {
  const { now } = search;
  const { state } = leaf;
  const line: HealthState | undefined = state.breaker.isClosed ? undefined : search.scene.board.stateOf(state, now);
  const health = line ?? modelState(search.healthOf(leaf), now);
  const factors = group && group.strategy.name === 'adaptive' ? (group.strategy as Adaptive).weighed(group.children, search)[at]?.factors : undefined;
  return {
    target: state.target.id,
    model: leaf.model,
    place,
    state: health,
    share,
    factors,
    why: sentence(leaf, health, { group, at, share, factors }, search),
  };
}

interface Facts {
  readonly group: Group | undefined;
  readonly at: number;
  readonly share: number;
  readonly factors: Factors | undefined;
}

function sentence(leaf: Leaf, health: HealthState, { group, at, share, factors }: Facts, search: Search): string {
  const { state } = leaf;
  const obstacle = search.obstacle(leaf);
  if (obstacle === 'drained') return 'Gets no calls: taken out by a person.';
  if (obstacle === 'resting' || health === 'failed')
    return `Gets no calls but trials: ${state.detail === '' ? 'it failed lately' : state.detail}${restOf(leaf, search)}.`;
  if (obstacle === 'key-refused') return 'Gets no calls: each of its keys was refused.';
  if (obstacle === 'unfit') return 'Gets no calls: it does not have the region or tier that is asked for.';
  const least = `${percent(share)} of calls`;
  const recovering = health === 'recovering' ? `; it recovers and gets ${percent(rampOf(leaf, search))} of that for now` : '';
  const full = obstacle === 'full' ? '; it is at its limit now' : '';
  return `${reason(leaf, group, at, least, factors, search)}${recovering}${full}.`;
}

function reason(leaf: Leaf, group: Group | undefined, at: number, share: string, factors: Factors | undefined, search: Search): string {
  const { latency } = search.healthOf(leaf);
  const speed = Number.isNaN(latency.meanMs) ? 'no times known yet' : `first token after ${Math.round(latency.meanMs)} ms`;
  switch (group?.strategy.name) {
    case undefined:
      return 'Gets every call: the route names nothing else';
    case 'cascade':
      return share === '100 % of calls'
        ? 'Gets every call: the first of its cascade that is well'
        : 'Gets calls that those before it in the cascade could not answer';
    case 'weighted':
      return `Gets ${share}: weight ${group.children[at]?.weight ?? 0} of ${group.children.reduce((sum, { weight }) => sum + weight, 0)}`;
    case 'round-robin':
      return `Gets ${share}: every one in its turn`;
    case 'random':
      return `Gets ${share}: by chance`;
    case 'latency':
      return `Got ${share} lately: ${speed}`;
    case 'least-busy':
      return `Got ${share} lately: ${leaf.state.inFlight} under way, ${leaf.state.queue.size} waiting`;
    case 'cost':
      return `Gets ${share} of a usual size: by price`;
    case 'hash':
      return `Got ${share} lately: those whose session falls to it`;
    case 'adaptive':
      return `Gets ${share}: ${factors ? judged(factors, leaf, search, speed) : speed}`;
  }
}

function judged(factors: Factors, leaf: Leaf, search: Search, speed: string): string {
  const errors = Math.max(leaf.state.breaker.errorRate(search.now), search.healthOf(leaf).breaker.errorRate(search.now));
  const used = leaf.state.used(search.now);
  const parts = [
    { factor: factors.errors, text: `${percent(errors)} of its calls failed lately` },
    { factor: factors.latency, text: `it is slower than the best or than usual, ${speed}` },
    { factor: factors.quota, text: `${percent(used)} of its quota is used` },
  ].filter(({ factor }) => factor < 0.9);
  return parts.length === 0
    ? `no errors, ${speed}, quota left`
    : parts
        .sort((a, b) => a.factor - b.factor)
        .map(({ text }) => text)
        .join('; ');
}

const rampOf = (leaf: Leaf, search: Search): number => Math.min(leaf.state.breaker.ramp(search.now), search.healthOf(leaf).breaker.ramp(search.now));

function restOf(leaf: Leaf, search: Search): string {
  const left = Math.max(leaf.state.breaker.restLeft(search.now), search.healthOf(leaf).breaker.restLeft(search.now));
  return left > 0 ? `, and rests for another ${Math.ceil(left / 1000)} s` : '';
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

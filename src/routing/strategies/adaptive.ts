// adaptive: weights made anew every five seconds from errors, speed and quota left, for each model by itself.
import type { ModelRow } from '../board.ts';
import type { Leaf, Node, Strategy } from '../node.ts';
import type { Search } from '../search.ts';
import { Wheel } from '../wheel.ts';

const everyMs = 5_000;
/** A target that became so many times slower has its weights made anew at once. */
const suddenly = 1.4;
const usualFloor = 0.02;
/** At this share of failures nothing of the weight is left. */
const hopelessErrors = 0.25;
/** How much sooner the faster one is taken: a target a twentieth slower than the best gets two fifths of its weight. */
const keenness = 20;
/** Slower than this many times its own usual time counts against a target even where all others are slower. */
const usualSwing = 1.5;
/** Quota used below that costs nothing. */
const easyUse = 0.7;

/** 0 to 1 each. */
export interface Factors {
  readonly errors: number;
  readonly latency: number;
  readonly quota: number;
  readonly recovery: number;
}

interface Weighed {
  readonly factors: Factors;
  readonly weight: number;
}

export interface Adaptive extends Strategy {
  /** The weights in force for the call's model, child by child. */
  weighed(children: readonly Node[], search: Search): readonly Weighed[];
}

interface Table {
  readonly at: number;
  /** Milliseconds to the first token that the weights were made with; Infinity while not known. */
  readonly paces: readonly number[];
  readonly rows: readonly Weighed[];
  readonly wheel: Wheel;
}

export function adaptive(floor = usualFloor): Adaptive {
  const tables = new WeakMap<ModelRow, Table>();
  const tableFor = (children: readonly Node[], search: Search): Table => {
    const row = search.scene.board.row(search.call.model);
    const known = tables.get(row);
    if (known && search.now - known.at < everyMs) return known;
    return renew(children, search, known?.wheel ?? new Wheel(children.length));
  };
  const renew = (children: readonly Node[], search: Search, wheel: Wheel): Table => {
    const paces = children.map((child) => paceOfNode(child, search));
    const table = { at: search.now, paces, rows: weigh(children, paces, search, floor), wheel };
    tables.set(search.scene.board.row(search.call.model), table);
    return table;
  };
  const turn = ({ rows, wheel }: Table, children: readonly Node[], search: Search, limit: number): number => {
    for (let i = 0; i < children.length; i++) wheel.offered[i] = i < limit ? (rows[i]?.weight ?? 0) : 0;
    return wheel.turn((i) => children[i]?.isOpen(search) === true);
  };
  return {
    name: 'adaptive',
    choose: (children, search, limit) => {
      const table = tableFor(children, search);
      const at = turn(table, children, search, limit);
      const chosen = children[at];
      const pace = chosen ? paceOfNode(chosen, search) : Infinity;
      if (pace === Infinity || pace <= suddenly * (table.paces[at] ?? Infinity)) return at;
      return turn(renew(children, search, table.wheel), children, search, limit);
    },
    weighed: (children, search) => tableFor(children, search).rows,
    shares: (children, search) => {
      const { rows } = tableFor(children, search);
      const open = rows.map(({ weight }, i) => (children[i]?.isOpen(search) ? weight : 0));
      const total = open.reduce((sum, weight) => sum + weight, 0);
      return open.map((weight) => (total > 0 ? weight / total : 0));
    },
  };
}

/** Of the fastest leaf below; Infinity while nothing is known. */
function paceOfNode({ leaves }: Node, search: Search): number {
  let least = Infinity;
  for (const leaf of leaves) {
    const pace = paceOf(leaf, search);
    if (pace < least) least = pace;
  }
  return least;
}

function weigh(children: readonly Node[], means: readonly number[], search: Search, floor: number): Weighed[] {
  const fastest = Math.min(...means);
  const raw = children.map((child, i) => {
    // A group is as good as the best of its leaves.
    const all = child.leaves.map((leaf) => factorsOf(leaf, search, fastest / (means[i] ?? Infinity)));
    const factors = all.reduce((best, one) => (product(one) > product(best) ? one : best));
    return { factors, weight: product(factors) };
  });
  const total = raw.reduce((sum, { weight }) => sum + weight, 0);
  return raw.map(({ factors, weight }) => ({ factors, weight: Math.max(floor, total > 0 ? weight / total : 1 / raw.length) }));
}

/** Milliseconds to the first token lately, NaN while not known. What recovery should cost a target is left to the gate of recovering ones. */
function paceOf(leaf: Leaf, search: Search): number {
  const { latency } = search.healthOf(leaf);
  return latency.isCold(search.now) ? NaN : latency.meanMs;
}

function factorsOf(leaf: Leaf, search: Search, againstFastest: number): Factors {
  const { state } = leaf;
  const { now } = search;
  const { breaker, latency } = search.healthOf(leaf);
  const pace = paceOf(leaf, search);
  const againstPeers = Number.isFinite(againstFastest) && againstFastest > 0 ? Math.min(1, againstFastest) ** keenness : 1;
  const againstItself = Number.isNaN(pace) ? 1 : Math.min(1, (usualSwing * latency.baselineMs) / pace);
  const used = state.used(now);
  return {
    errors: Math.max(0, 1 - Math.max(state.breaker.errorRate(now), breaker.errorRate(now)) / hopelessErrors) ** 2,
    latency: againstPeers * againstItself,
    quota: used < easyUse ? 1 : Math.max(0, (1 - used) / (1 - easyUse)),
    recovery: Math.min(state.breaker.ramp(now), breaker.ramp(now)),
  };
}

/** Recovery is left out: recovering targets are held back call by call, and would pay twice. */
const product = ({ errors, latency, quota }: Factors): number => errors * latency * quota;

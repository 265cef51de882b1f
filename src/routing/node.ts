// The parts of a compiled route: leaves, which are targets, and groups, which choose among their children.
import type { GoOnReason, StrategyName } from '../contract/routing.ts';
import type { ModelRow } from './board.ts';
import type { Demand } from './demand.ts';
import type { Search } from './search.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { TargetState } from './target-state.ts';

export interface Node {
  /** Target id, provider name or strategy: what people call it. */
  readonly name: string;
  weight: number;
  /** All below it, itself where it is one. */
  readonly leaves: readonly Leaf[];
  isOpen(search: Search): boolean;
  /** Where the call goes; undefined when nothing below is open. Counts as chosen. */
  pick(search: Search): Leaf | undefined;
  /** Adds the open leaves below. */
  collect(search: Search, into: Leaf[]): void;
}

/** How a group chooses. Only children that are open may be named. */
export interface Strategy {
  readonly name: StrategyName;
  /** Index of a child; -1 where none is open. @param limit children from there on are out of question */
  choose(children: readonly Node[], search: Search, limit: number): number;
  /** Share of new calls by the rules alone, where rules tell; undefined where only counting does. */
  shares?(children: readonly Node[], search: Search): readonly number[];
}

/** A group above a leaf, and which of its children leads there. */
export interface Step {
  readonly group: Group;
  readonly child: number;
}

const recentSpanMs = 300_000;
const recentCells = 10;

export class Leaf implements Node {
  readonly state: TargetState;
  /** Asked for in place of the client's. */
  readonly model: string | undefined;
  readonly row: ModelRow | undefined;
  /** What groups above ask of a target. */
  readonly demand: Demand | undefined;
  /** From the group next to it up to the root. */
  path: readonly Step[] = [];
  weight: number;
  /** Picks at this place, of the last five minutes. */
  readonly recent = new SlidingWindow(recentSpanMs, recentCells);
  readonly leaves: readonly Leaf[] = [this];

  constructor(state: TargetState, options: { model: string | undefined; row: ModelRow | undefined; demand: Demand | undefined; weight: number }) {
    this.state = state;
    this.model = options.model;
    this.row = options.row;
    this.demand = options.demand;
    this.weight = options.weight;
  }

  get name(): string {
    return this.state.target.id;
  }

  isOpen(search: Search): boolean {
    return search.obstacle(this) === undefined;
  }

  pick(search: Search): Leaf | undefined {
    return this.isOpen(search) ? this : undefined;
  }

  collect(search: Search, into: Leaf[]): void {
    if (this.isOpen(search)) into.push(this);
  }
}

export class Group implements Node {
  readonly name: string;
  readonly children: readonly Node[];
  readonly strategy: Strategy;
  /** A cascade's reasons to go on; undefined for other groups, whose children stand for each other. */
  readonly on: ReadonlySet<GoOnReason> | undefined;
  readonly leaves: readonly Leaf[];
  weight: number;

  constructor(strategy: Strategy, children: readonly Node[], options: { name: string; weight: number; on: ReadonlySet<GoOnReason> | undefined }) {
    this.strategy = strategy;
    this.children = children;
    this.name = options.name;
    this.weight = options.weight;
    this.on = options.on;
    this.leaves = children.flatMap((child) => child.leaves);
  }

  isOpen(search: Search): boolean {
    const limit = search.limitOf(this);
    for (let i = 0; i < limit; i++) if (this.children[i]?.isOpen(search)) return true;
    return false;
  }

  pick(search: Search): Leaf | undefined {
    const at = this.strategy.choose(this.children, search, search.limitOf(this));
    return at < 0 ? undefined : this.children[at]?.pick(search);
  }

  collect(search: Search, into: Leaf[]): void {
    const limit = search.limitOf(this);
    for (let i = 0; i < limit; i++) this.children[i]?.collect(search, into);
  }
}

/** The least figure of the open leaves below; `above` where none that is open has less. */
export function leastOf(node: Node, search: Search, figure: (leaf: Leaf, search: Search) => number, above = Infinity): number {
  let least = above;
  const { leaves } = node;
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i];
    if (!leaf) continue;
    const own = figure(leaf, search);
    // Figures are cheaper than obstacles, so only those that matter are asked for.
    if (own < least && search.obstacle(leaf) === undefined) least = own;
  }
  return least;
}

// Turns a route's tree of names and strategies into nodes, once, so that calls find everything in place.
import { AgentError } from '../contract/errors.ts';
import { usualReasons } from '../contract/routing.ts';
import type { RouteNode, StrategyNode } from '../contract/routing.ts';
import type { Board } from './board.ts';
import type { Demand } from './demand.ts';
import { Group, Leaf } from './node.ts';
import type { Node, Step, Strategy } from './node.ts';
import { adaptive } from './strategies/adaptive.ts';
import { cascade } from './strategies/cascade.ts';
import { cost } from './strategies/cost.ts';
import { hashed } from './strategies/hash.ts';
import { latency } from './strategies/latency.ts';
import { leastBusy } from './strategies/least-busy.ts';
import { randomly } from './strategies/random.ts';
import { roundRobin, weighted } from './strategies/weighted.ts';

/** @throws AgentError `settings-invalid` where a name stands for no target */
export function compileRoute(use: RouteNode, route: string, board: Board): Node {
  const root = compile(use, undefined, { route, board });
  setPaths(root, []);
  return root;
}

interface Context {
  readonly route: string;
  readonly board: Board;
}

function compile(node: RouteNode, demand: Demand | undefined, context: Context): Node {
  if (typeof node === 'string') return leaf({ target: node }, demand, context);
  if ('target' in node) return leaf(node, demand, context);
  if ('provider' in node) return pool(node, demand, context);
  // What an outer `cost` asks stands unless an inner one asks anew.
  const asked = node.strategy === 'cost' ? { ...demand, ...node.require } : demand;
  const children = node.of.map((child) => compile(child, asked, context));
  const on = node.strategy === 'cascade' ? new Set(node.on ?? usualReasons) : undefined;
  return new Group(strategyOf(node, children), children, { name: node.strategy, weight: node.weight ?? 1, on });
}

function leaf(node: { target: string; model?: string | undefined; weight?: number | undefined }, demand: Demand | undefined, { route, board }: Context): Leaf {
  const state = board.states.find(({ target }) => target.id === node.target);
  if (!state) throw new AgentError('settings-invalid', `The route ${route} names the target ${JSON.stringify(node.target)}, which is not among the targets.`);
  return new Leaf(state, { model: node.model, row: node.model === undefined ? undefined : board.keptRow(node.model), demand, weight: node.weight ?? 1 });
}

function pool(node: { provider: string; model?: string | undefined; weight?: number | undefined }, demand: Demand | undefined, context: Context): Group {
  const targets = context.board.states.filter(({ target }) => target.kind === 'provider' && target.provider === node.provider);
  if (targets.length === 0) {
    throw new AgentError('settings-invalid', `The route ${context.route} names the provider ${JSON.stringify(node.provider)}, of which there is no target.`);
  }
  const children = targets.map(({ target }) => leaf({ target: target.id, model: node.model }, demand, context));
  return new Group(weighted(children.length), children, { name: node.provider, weight: node.weight ?? 1, on: undefined });
}

function strategyOf(node: StrategyNode, children: readonly Node[]): Strategy {
  switch (node.strategy) {
    case 'cascade':
      return cascade;
    case 'weighted':
      return weighted(children.length);
    case 'round-robin':
      return roundRobin(children.length);
    case 'random':
      return randomly();
    case 'latency':
      return latency(node.weigh);
    case 'least-busy':
      return leastBusy();
    case 'cost':
      return cost;
    case 'hash':
      return hashed(children, node);
    case 'adaptive':
      return adaptive(node.floor);
  }
}

function setPaths(node: Node, above: readonly Step[]): void {
  if (node instanceof Leaf) node.path = above;
  else if (node instanceof Group) node.children.forEach((child, i) => setPaths(child, [{ group: node, child: i }, ...above]));
}

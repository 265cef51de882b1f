// What a `cost` group asks of a target before its price counts.
import { tiers } from '../contract/routing.ts';
import type { RoutedCall, StrategyNode } from '../contract/routing.ts';
import type { Target } from '../contract/target.ts';
import type { ModelFacts } from './model-facts.ts';

export type Demand = Readonly<NonNullable<StrategyNode['require']>>;

/** Why the target does not do, for people; undefined when it does. Facts that are not known stand in nobody's way; a region or tier that is asked for has to be stated. */
export function unmet(demand: Demand, target: Target, call: RoutedCall, facts: ModelFacts | undefined): string | undefined {
  if (demand.regions && !(target.region !== undefined && demand.regions.includes(target.region))) return `it is not in ${demand.regions.join(' or ')}`;
  if (demand.tier && !(target.tier !== undefined && tiers.indexOf(target.tier) >= tiers.indexOf(demand.tier))) return `it is below ${demand.tier}`;
  if (facts === undefined) return undefined;
  if (call.tools && facts.tools === false) return 'its model takes no tools';
  if (call.vision && facts.vision === false) return 'its model reads no images';
  const asked = call.estimatedTokens + (call.maxOutputTokens ?? 0);
  if (facts.contextTokens !== undefined && asked > facts.contextTokens) return `its context of ${facts.contextTokens} tokens is too small`;
  return undefined;
}

// `heimdall targets explain`: why each target gets the share it gets, route by route.
import { UsageError } from './command.ts';
import { dataDirOption } from './command.ts';
import type { CommandSpec } from './command.ts';
import type { TargetExplanation } from '../contract/routing.ts';
import { printable } from './output.ts';
import type { Output } from './output.ts';
import { shareBar } from './share-bar.ts';
import { withAgent } from './targets.ts';

export const targetsExplain: CommandSpec = {
  name: 'targets explain',
  summary: 'say why each target gets the share it gets',
  arguments: [{ name: 'targets', description: 'ids of targets; none: all of them', isList: true }],
  options: [dataDirOption],
  examples: [
    ['heimdall targets explain', 'every place of every route, with share and reason'],
    ['heimdall targets explain gateway-eu --json', 'one target, with the factors of its weight'],
  ],
  run: (context, input) =>
    withAgent(context, input, async (agent) => {
      const ids = input.words(0);
      const all = await agent.call('targets.explain', {});
      const known = [...new Set(all.map(({ target }) => target))];
      const unknown = ids.find((id) => !known.includes(id));
      if (unknown !== undefined) throw new UsageError(`There is no target ${printable(unknown)}. There are: ${known.map(printable).join(', ')}.`);
      const shown = all.filter(({ target }) => ids.length === 0 || ids.includes(target));
      if (input.json) context.out.json(shown);
      else printPlaces(shown, context.out);
      return 'ok';
    }),
};

function printPlaces(explained: readonly TargetExplanation[], out: Output): void {
  let place: string | undefined;
  for (const entry of explained) {
    if (entry.place !== place) {
      out.line(`${place === undefined ? '' : '\n'}${out.paint('bold', printable(entry.place))}`);
      place = entry.place;
    }
    const model = entry.model === undefined ? '' : ` as ${printable(entry.model)}`;
    const bar = out.isTerminal ? `${shareBar(entry.share)} ` : '';
    out.line(`  ${bar}${String(Math.round(entry.share * 100)).padStart(3)} %  ${printable(entry.target)}${model}`);
    out.line(`  ${out.paint('dim', printable(entry.why))}`);
    if (entry.factors) out.line(`  ${out.paint('dim', factorsText(entry.factors))}`);
  }
}

function factorsText({ errors, latency, quota, recovery }: NonNullable<TargetExplanation['factors']>): string {
  const of = (name: string, factor: number): string => `${name} ${factor.toFixed(2)}`;
  return `weight = ${[of('errors', errors), of('latency', latency), of('quota', quota), of('recovery', recovery)].join(' × ')}`;
}

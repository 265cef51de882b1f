// `heimdall targets`: where calls go, how targets fare, and the steering of them by hand.
import { AgentError } from '../contract/errors.ts';
import type { ControlClient } from '../contract/control.ts';
import type { ProbeResult, TargetExplanation } from '../contract/routing.ts';
import type { TargetStatus } from '../contract/status.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption, UsageError } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import type { ExitName } from './exit-codes.ts';
import { dateTime } from './moment.ts';
import { printable } from './output.ts';
import type { Output, Paint } from './output.ts';
import { shareBar } from './share-bar.ts';
import { tableLines } from './table.ts';
import type { Cell, Column } from './table.ts';

const listed: Omit<CommandSpec, 'name'> = {
  summary: 'show where calls go and how the targets fare',
  options: [dataDirOption],
  examples: [
    ['heimdall targets', 'one row per target, in the order of the settings; exit code 3 when no agent runs'],
    ['heimdall targets list --json', 'the same as JSON'],
  ],
  run: (context, input) =>
    withAgent(context, input, async (agent) => {
      const { targets } = await agent.call('status.get', {});
      if (input.json) context.out.json(targets);
      else for (const line of tableLines(columns, targets.map(cellsOf(context.out)), context.out)) context.out.line(line);
      return 'ok';
    }),
};

export const targets: CommandSpec = { name: 'targets', ...listed };
export const targetsList: CommandSpec = { name: 'targets list', ...listed };

const target = { name: 'target', description: 'id of the target, as `heimdall targets` shows it' };

export const targetsDrain: CommandSpec = {
  name: 'targets drain',
  summary: 'take a target out: it finishes its calls and gets no new ones',
  arguments: [target],
  options: [dataDirOption, { flags: '--undo', description: 'take it back' }],
  examples: [
    ['heimdall targets drain gateway-eu', 'before work on that gateway; holds until --undo, or until the agent restarts'],
    ['heimdall targets drain gateway-eu --undo', 'it gets calls again'],
  ],
  run: (context, input) =>
    withAgent(context, input, async (agent) => {
      const [id, drained] = [input.argument(0), !input.flag('undo')];
      const status = await agent.call('targets.drain', { target: id, drained });
      const { inFlight = 0 } = status.targets.find((each) => each.id === id) ?? {};
      if (input.json) context.out.json(status.targets);
      else if (drained) context.out.line(`${printable(id)} gets no new calls; ${inFlight} still under way. \`--undo\` takes it back.`);
      else context.out.line(`${printable(id)} gets calls again.`);
      return 'ok';
    }),
};

export const targetsProbe: CommandSpec = {
  name: 'targets probe',
  summary: 'ask targets for a sign of life, without a model call',
  arguments: [{ name: 'targets', description: 'ids of targets; none: all of them', isList: true }],
  options: [dataDirOption],
  examples: [
    ['heimdall targets probe', 'all of them; exit code 1 when one does not answer'],
    ['heimdall targets probe gateway-eu', 'one of them'],
  ],
  run: (context, input) =>
    withAgent(context, input, async (agent) => {
      const ids = input.words(0);
      if (!input.json) context.err.line(`Asking ${ids.length === 0 ? 'every target' : ids.map(printable).join(', ')} …`);
      const asked = ids.length === 0 ? [{}] : ids.map((id) => ({ target: id }));
      const results = (await Promise.all(asked.map((params) => agent.call('targets.probe', params)))).flat();
      if (input.json) context.out.json(results);
      else if (results.length === 0) context.out.line('Nothing to ask: the origin and the simulator have no sign of life of their own.');
      else for (const result of results) context.out.line(probeLine(result, context.out));
      return results.every(({ ok }) => ok) ? 'ok' : 'failure';
    }),
};

export const targetsWeigh: CommandSpec = {
  name: 'targets weigh',
  summary: 'change a weight of a route until the agent restarts',
  arguments: [
    { name: 'route', description: 'id of the route; `default` where the settings have none' },
    target,
    { name: 'weight', description: 'share among its siblings: 0 takes it out' },
  ],
  options: [dataDirOption],
  examples: [
    ['heimdall targets weigh coding gateway-new 1', 'with 99 at the other one: a canary of one percent'],
    ['heimdall targets weigh coding gateway-new 50', 'half of the calls'],
  ],
  run: (context, input) =>
    withAgent(context, input, async (agent) => {
      const [route, id, text] = [input.argument(0), input.argument(1), input.argument(2)];
      const weight = Number(text);
      if (text.trim() === '' || !(weight >= 0)) throw new UsageError(`The weight is a number from 0 on, not ${printable(text)}.`);
      mustHaveWeight(await agent.call('targets.explain', {}), route, id);
      const explained = await agent.call('targets.weigh', { route, target: id, weight });
      if (input.json) context.out.json(explained);
      else context.out.line(`${printable(id)} has the weight ${weight} in the route ${printable(route)}. \`heimdall targets explain\` shows the shares.`);
      return 'ok';
    }),
};

/** Throws `UsageError` with what there is, where the route has no weighted place with this target. */
function mustHaveWeight(explained: readonly TargetExplanation[], route: string, id: string): void {
  const names = (values: readonly string[]): string => [...new Set(values)].map(printable).join(', ');
  const routeOf = ({ place }: TargetExplanation): string => place.split(' › ')[0] ?? '';
  const here = explained.filter((entry) => routeOf(entry) === route);
  if (here.length === 0) throw new UsageError(`There is no route ${printable(route)}. There are: ${names(explained.map(routeOf))}.`);
  const weighted = here.filter(({ place }) => /weighted\)?$/.test(place)).map(({ target }) => target);
  if (weighted.length === 0) throw new UsageError(`The route ${printable(route)} has no place whose strategy is \`weighted\`, so no weight would count.`);
  if (!weighted.includes(id)) throw new UsageError(`${printable(id)} stands at no weighted place of the route ${printable(route)}. There: ${names(weighted)}.`);
}

/** Does the work with an agent that runs, or says that none does. */
export async function withAgent(context: CommandContext, input: CommandInput, work: (agent: ControlClient) => Promise<ExitName>): Promise<ExitName> {
  const agent = await findAgent(context, dataDirOf(context, input));
  if (agent === undefined) {
    context.err.line('No agent runs, and only it knows where calls go. Start one with `heimdall run`.');
    return 'noAgent';
  }
  try {
    return await work(agent);
  } catch (error) {
    if (error instanceof AgentError && error.code === 'unknown-target') throw new UsageError(error.message, { cause: error });
    throw error;
  } finally {
    agent.close();
  }
}

const columns: readonly Column[] = [
  { title: 'target', widest: 32, squeezed: 10 },
  { title: 'kind', dispensable: 5 },
  { title: 'state' },
  { title: 'calls', align: 'right', dispensable: 1 },
  { title: 'first answer', align: 'right', dispensable: 4 },
  { title: 'under way', align: 'right', dispensable: 3 },
  { title: 'waiting', align: 'right', dispensable: 6 },
  { title: 'left a minute', dispensable: 2 },
  { title: 'why', widest: 60, squeezed: 12, dispensable: 7 },
];

const paints: Readonly<Record<TargetStatus['health'], Paint>> = { healthy: 'green', degraded: 'yellow', recovering: 'yellow', failed: 'red' };

const cellsOf =
  (out: Output) =>
  (status: TargetStatus): readonly Cell[] => {
    const { id, kind, health, drained, share, latencyMs, inFlight, waiting, detail } = status;
    const state: Cell = drained
      ? { text: 'drained', paint: 'dim' }
      : status.state === 'unknown'
        ? { text: 'not used yet', paint: 'dim' }
        : { text: health, paint: paints[health] };
    return [
      { text: id },
      { text: kind, paint: 'dim' },
      state,
      { text: share === undefined ? '' : `${out.isTerminal ? `${shareBar(share)} ` : ''}${Math.round(share * 100)} %` },
      { text: latencyMs === undefined ? '' : `${Math.round(latencyMs)} ms` },
      { text: String(inFlight) },
      { text: waiting === 0 ? '' : String(waiting) },
      { text: quotaText(status) },
      { text: status.state === 'unknown' ? '' : detail, paint: 'dim' },
    ];
  };

function quotaText({ quota }: TargetStatus): string {
  if (quota === undefined) return '';
  if (quota.restingUntil !== undefined) return `rests until ${dateTime(quota.restingUntil)}`;
  const of = (left: number | undefined, limit: number | undefined, what: string): string[] =>
    left === undefined ? [] : [`${left}${limit === undefined ? '' : ` of ${limit}`} ${what}`];
  return [...of(quota.requests, quota.requestsLimit, 'requests'), ...of(quota.tokens, quota.tokensLimit, 'tokens')].join(', ');
}

function probeLine({ target: id, ok, milliseconds, detail }: ProbeResult, out: Output): string {
  return `${out.paint(ok ? 'green' : 'red', ok ? 'ok' : 'no')}  ${printable(id)}  ${Math.round(milliseconds)} ms  ${out.paint('dim', printable(detail))}`;
}

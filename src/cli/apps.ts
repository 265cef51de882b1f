// `heimdall apps`: how far each AI app of this computer is covered, why not, and what to do; and the decision about one.
import { appFacts } from '../catalog/app-facts.ts';
import { namedApps } from '../catalog/app-names.ts';
import { appOf } from '../catalog/apps.ts';
import { matchHost } from '../catalog/match.ts';
import { coverageSteps } from '../contract/coverage.ts';
import type { AppCoverage, CoverageStep, CoverageStepId } from '../contract/coverage.ts';
import type { AppDecision } from '../contract/usage.ts';
import { coverageOf, isDetected } from '../system/apps/coverage.ts';
import { lookAtMachine } from '../system/apps/look-at-machine.ts';
import { programRunner } from '../system/run-program.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption, UsageError } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { openSetup } from './machine-setup.ts';
import { counted, printable } from './output.ts';
import type { Output, Paint } from './output.ts';
import { tableLines } from './table.ts';
import type { Cell, Column } from './table.ts';

/** What is shown of one app, with or without an agent. */
interface ShownApp {
  readonly id: string;
  readonly name: string;
  /** Only an agent knows. */
  readonly decision?: AppDecision | undefined;
  readonly coverage: AppCoverage;
}

export const apps: CommandSpec = {
  name: 'apps',
  summary: 'show how far each AI app is covered, and why not',
  options: [{ flags: '--app <id>', description: 'only this app, every step with what proved it' }, dataDirOption],
  examples: [
    ['heimdall apps', 'one row per app, a mark per step, reasons and fixes below'],
    ['heimdall apps --app claude-code', 'each step of one app in words'],
    ['heimdall apps --json', 'the same as JSON'],
  ],
  run: async (context, input) => {
    const { out } = context;
    const { rows, hasAgent } = await look(context, input);
    const wanted = input.text('app');
    const chosen = wanted === undefined ? rows : rows.filter(({ id }) => id === wanted);
    if (wanted !== undefined && chosen.length === 0)
      throw new UsageError(`No app "${wanted}" was found. \`heimdall apps\` lists those that were; the id stands in its last column.`);
    if (input.json) out.json({ agent: hasAgent, apps: chosen });
    else if (wanted !== undefined) for (const row of chosen) printStory(out, row);
    else printTable(out, chosen, hasAgent);
    return 'ok';
  },
};

const decide = (name: 'approve' | 'deny', decision: AppDecision, summary: string): CommandSpec => ({
  name: `apps ${name}`,
  summary,
  arguments: [{ name: 'app', description: 'id of the app, as `heimdall apps` shows it' }],
  options: [dataDirOption],
  examples: [[`heimdall apps ${name} cursor`, `exit code 3 when no agent runs`]],
  run: async (context, input) => {
    const agent = await findAgent(context, dataDirOf(context, input));
    if (agent === undefined) {
      context.err.line('No agent runs, and only it can take the decision over. Start one with `heimdall run`.');
      return 'noAgent';
    }
    try {
      const row = await agent.call('apps.decide', { app: input.argument(0), decision });
      if (input.json) context.out.json(row);
      else context.out.line(`${printable(row.name)}: ${row.decision}. The agent has taken it over.`);
      return 'ok';
    } finally {
      agent.close();
    }
  },
});

export const appsApprove = decide('approve', 'approved', 'approve an app: its calls pass, under the rules of the policy');
export const appsDeny = decide('deny', 'denied', 'deny an app: its AI calls are refused from now on');

async function look(context: CommandContext, input: CommandInput): Promise<{ rows: readonly ShownApp[]; hasAgent: boolean }> {
  const dataDir = dataDirOf(context, input);
  const agent = await findAgent(context, dataDir);
  if (agent === undefined) return { rows: await lookAlone(context, dataDir), hasAgent: false };
  try {
    return { rows: await agent.call('apps.list', {}), hasAgent: true };
  } finally {
    agent.close();
  }
}

/** Without an agent: what the machine itself shows. */
async function lookAlone(context: CommandContext, dataDir: string): Promise<readonly ShownApp[]> {
  const { platform, env, home, now } = context;
  const isAiApp = (app: string): boolean => namedApps.get(app)?.isAiApp === true;
  const machine = await lookAtMachine({
    platform,
    env,
    setup: openSetup(context, dataDir),
    bare: { platform, env, home, root: '/', run: programRunner(env) },
    agent: undefined,
    facts: appFacts,
    appOf,
    isAiApp,
    host: 'api.openai.com',
    pac: () => Promise.resolve(new Map()),
    now: now(),
  });
  return [...namedApps]
    .filter(([id]) => isAiApp(id) && isDetected(id, appFacts.get(id), machine))
    .map(([id, { name }]) => {
      const facts = appFacts.get(id);
      const handling = facts === undefined ? undefined : matchHost(facts.host)?.handling;
      return { id, name, coverage: coverageOf({ app: id, facts, machine, seen: undefined, handling, isPaused: false }) };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

const marks: Readonly<Record<CoverageStep['state'], readonly [sign: string, paint: Paint]>> = {
  yes: ['✓', 'green'],
  no: ['✗', 'red'],
  unknown: ['?', 'yellow'],
};

function printTable(out: Output, rows: readonly ShownApp[], hasAgent: boolean): void {
  if (rows.length === 0) {
    out.line('No AI app was found on this computer, and none has called an AI host.');
    return;
  }
  const columns: readonly Column[] = [
    { title: 'app', widest: 34, squeezed: 14 },
    ...coverageSteps.map((title) => ({ title })),
    ...(hasAgent ? [{ title: 'decision', dispensable: 2 }] : []),
    { title: 'id', widest: 24, squeezed: 8, dispensable: 1 },
  ];
  const cells = rows.map(({ id, name, decision, coverage }): readonly Cell[] => [
    { text: name },
    ...coverageSteps.map((step) => ({ text: marks[coverage[step].state][0], paint: marks[coverage[step].state][1] })),
    ...(hasAgent ? [{ text: decision ?? '', paint: decision === 'denied' ? ('red' as const) : undefined }] : []),
    { text: id, paint: 'dim' as const },
  ]);
  for (const line of tableLines(columns, cells, out)) out.line(line);
  const signs = (['yes', 'no', 'unknown'] as const).map((state) => `${out.paint(marks[state][1], marks[state][0])} ${state}`).join('  ');
  out.line(`\n${signs}`);
  for (const line of wrapped(legend, out)) out.line(out.paint('dim', line));
  printReasons(out, rows);
  if (!hasAgent) out.line('\nNo agent runs, so nothing could be tried and nothing is observed: `heimdall run` starts one.');
}

const legend =
  'detected: it is on this computer · wired: it finds the proxy · trusted: it accepts our certificate · observed: a call of it was seen · enforced: policy was applied to one';

/** What stands in the way of each app: the first step that is missing, which the later ones hang on. */
function printReasons(out: Output, rows: readonly ShownApp[]): void {
  const missing = rows.flatMap((row) => {
    const step = firstMissing(row.coverage);
    return step === undefined ? [] : [{ row, step, ...row.coverage[step] }];
  });
  const covered = rows.length - missing.length;
  if (missing.length > 0) out.line(`\n${out.paint('bold', 'What is missing')}`);
  for (const { row, step, reason, how, fix } of missing) {
    out.line(`  ${out.paint('bold', printable(row.name))}: not ${step}`);
    for (const line of wrapped(reason ?? how, out, 4)) out.line(line);
    if (fix !== undefined) for (const line of wrapped(`→ ${fix}`, out, 4)) out.line(out.paint('cyan', line));
  }
  out.line(`\n${counted(covered, 'app')} of ${rows.length} covered at every step. \`heimdall apps --app ID\` tells what proved each.`);
}

/** A step that does not hold, before one of which nothing is known. */
function firstMissing(coverage: AppCoverage): CoverageStepId | undefined {
  return coverageSteps.find((step) => coverage[step].state === 'no') ?? coverageSteps.find((step) => coverage[step].state === 'unknown');
}

function printStory(out: Output, { id, name, decision, coverage }: ShownApp): void {
  out.line(
    `${out.paint('bold', printable(name))} ${out.paint('dim', printable(id))}${decision === undefined || decision === 'pending' ? '' : ` · ${decision}`}`,
  );
  for (const step of coverageSteps) {
    const { state, how, reason, fix } = coverage[step];
    const [sign, paint] = marks[state];
    out.line(`  ${out.paint(paint, sign)} ${step}`);
    for (const line of wrapped(how, out, 6)) out.line(out.paint('dim', line));
    if (reason !== undefined) for (const line of wrapped(reason, out, 6)) out.line(line);
    if (fix !== undefined) for (const line of wrapped(`→ ${fix}`, out, 6)) out.line(out.paint('cyan', line));
  }
}

/** Lines no wider than the terminal, indented; words are never cut. */
function wrapped(text: string, out: Output, indent = 0): readonly string[] {
  const room = Math.max(20, Math.min(out.width ?? Number.POSITIVE_INFINITY, 160) - indent);
  const lines: string[] = [];
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}

// `npm run bench`: one machine, one run, four ways to the same origin side by side, in turns so that drift meets all of them alike.
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Child } from './child.ts';
import { choiceText, measureChoice } from './choice.ts';
import type { ChoiceRow } from './choice.ts';
import { pipelineMeanOf, ratiosOf, rowOf } from './figures.ts';
import type { Row, Sample, ScenarioName, SubjectName } from './figures.ts';
import type { LoadFigures, LoadOptions, LoadQuestion, SubjectFigures, SubjectOptions, SubjectReady } from './protocol.ts';
import { ratiosText, tableOf } from './report.ts';

interface Plan {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

const fullPlan: Plan = { rounds: 7, warmUpMs: 6_000, windowMs: 1_250 };
const quickPlan: Plan = { rounds: 3, warmUpMs: 800, windowMs: 500 };

const scenarios: readonly (Pick<LoadOptions, 'kind' | 'connections'> & { readonly name: ScenarioName })[] = [
  { name: 'answer-1', kind: 'answer', connections: 1 },
  { name: 'answer-16', kind: 'answer', connections: 16 },
  { name: 'stream-4', kind: 'stream', connections: 4 },
];

interface Subject {
  readonly name: SubjectName;
  /** The process whose CPU counts. */
  readonly child: Child;
  /** Undefined: no proxy. */
  readonly proxyPort: number | undefined;
  readonly root: string;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const subjectFiles: readonly (readonly [SubjectName, string])[] = [
  ['pipe', './subject-pipe.ts'],
  ['heimdall', './subject-agent.ts'],
  ['mockttp', './subject-mockttp.ts'],
];

class Bench {
  readonly #plan: Plan;
  readonly #children: Child[] = [];
  readonly #load: Child;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#load = this.#child('./load.ts');
  }

  #child(file: string): Child {
    const child = new Child(file);
    this.#children.push(child);
    return child;
  }

  async run(only: readonly string[]): Promise<{ rows: Row[]; pipelineMeanMicros: number }> {
    const origin = this.#child('./origin.ts');
    const { port: originPort, root } = await origin.ask<SubjectReady>('start');
    const subjects: Subject[] = [{ name: 'direct', child: origin, proxyPort: undefined, root }];
    for (const [name, file] of subjectFiles.filter(([subject]) => only.length === 0 || only.includes(subject))) {
      const child = this.#child(file);
      const ready = await child.ask<SubjectReady>({ originPort, originRoot: root } satisfies SubjectOptions);
      subjects.push({ name, child, proxyPort: ready.port, root: ready.root });
    }
    const rows: Row[] = [];
    let pipelineMeanMicros = Number.NaN;
    for (const scenario of scenarios) {
      const samples = await this.#scenario(scenario, subjects, originPort);
      for (const [subject, taken] of samples) rows.push(rowOf(scenario.name, subject, taken));
      if (scenario.name === 'answer-16') pipelineMeanMicros = pipelineMeanOf(samples.get('heimdall') ?? []);
    }
    return { rows, pipelineMeanMicros };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }

  #ask<Answer>(question: LoadQuestion): Promise<Answer> {
    return this.#load.ask<Answer>(question);
  }

  async #scenario(
    { name, kind, connections }: (typeof scenarios)[number],
    subjects: readonly Subject[],
    originPort: number,
  ): Promise<Map<SubjectName, Sample[]>> {
    for (const { name: id, proxyPort, root } of subjects) {
      await this.#ask({ ask: 'open', id, options: { kind, connections, originPort, proxyPort, root } });
      await this.#ask({ ask: 'run', id, milliseconds: this.#plan.warmUpMs });
    }
    const samples = new Map<SubjectName, Sample[]>(subjects.map((subject) => [subject.name, []]));
    for (let round = 0; round < this.#plan.rounds; round += 1) {
      say(`${name}: round ${round + 1} of ${this.#plan.rounds}`);
      for (const subject of subjects) samples.get(subject.name)?.push(await this.#window(subject));
    }
    for (const subject of subjects) await this.#ask({ ask: 'close', id: subject.name });
    return samples;
  }

  async #window({ name, child }: Subject): Promise<Sample> {
    const before = await child.ask<SubjectFigures>('figures');
    const load = await this.#ask<LoadFigures>({ ask: 'run', id: name, milliseconds: this.#plan.windowMs });
    return { load, before, after: await child.ask<SubjectFigures>('figures') };
  }
}

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    choice: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    subject: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help === true) {
  say('npm run bench -- [--choice] [--quick] [--json FILE] [--subject pipe|heimdall|mockttp]…');
} else {
  const [busy = 0] = loadavg();
  if (busy > availableParallelism() / 2)
    say(`The machine is busy (load ${busy.toFixed(1)} on ${availableParallelism()} cores): figures of this run are worth little.`);
  const choice = measureChoice();
  process.stdout.write(`\n${choiceText(choice)}\n`);
  if (!values.choice) await measureWays(choice);
}

async function measureWays(choice: readonly ChoiceRow[]): Promise<void> {
  const bench = new Bench(values.quick ? quickPlan : fullPlan);
  try {
    const { rows, pipelineMeanMicros } = await bench.run(values.subject);
    const ratios = ratiosOf(rows, pipelineMeanMicros);
    process.stdout.write(`\n${tableOf(rows)}\n\n${ratiosText(ratios)}\n`);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows, ratios, choice }, null, 2)}\n`);
  } finally {
    await bench.stop();
  }
}

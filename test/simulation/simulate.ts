// `npm run simulate`: tries every strategy in every scenario with the code that chooses in production, and says which goals are reached.
import { parseArgs } from 'node:util';
import type { Figures } from './figures.ts';
import { goalsOf } from './goals.ts';
import { goalsText, legend, tableOf } from './report.ts';
import { scenario, scenarioNames } from './scenarios.ts';
import { Chance } from './chance.ts';
import { runScenario } from './suite.ts';

const help = `Usage: npm run simulate -- [options]

Tries the strategies of routing on a virtual clock: targets with outages, brown-outs, rate limits and prices.

  --calls N       calls per strategy in outages and membership, a fifth of it elsewhere (default 100000)
  --seed N        another number, another run; the same number, the same run (default 1)
  --scenario X    only this: ${scenarioNames.join(', ')}
  --json          the figures as JSON
  --help          this text

Exit code 1 when a goal is missed.
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { calls: { type: 'string' }, seed: { type: 'string' }, scenario: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    say(help);
    return;
  }
  const calls = wholeNumber('--calls', values.calls ?? '100000', 1_000);
  const seed = wholeNumber('--seed', values.seed ?? '1', 0);
  const names = scenarioNames.filter((name) => values.scenario === undefined || values.scenario === name);
  if (names.length === 0) throw new Error(`There is no scenario ${String(values.scenario)}. There are: ${scenarioNames.join(', ')}`);

  const startedAt = performance.now();
  const rows: Figures[] = [];
  for (const name of names) {
    const told = (figures: Figures): void => void process.stderr.write(`${name}: ${figures.contender} (${figures.tookMs.toFixed(0)} ms)\n`);
    const found = await runScenario(name, { calls, seed, ...(process.stderr.isTTY && { told }) });
    rows.push(...found);
    if (!values.json) say(`\n${name}: ${scenario(name, calls, new Chance(seed)).what}\n${found[0]?.calls ?? 0} calls each\n\n${tableOf(found)}`);
  }
  const goals = goalsOf(rows);
  const seconds = (performance.now() - startedAt) / 1_000;
  const total = rows.reduce((sum, row) => sum + row.calls, 0);
  if (values.json) say(JSON.stringify({ seed, calls, seconds, rows, goals }, undefined, 2));
  else say(`\n${legend}\n\n${goalsText(goals)}\n${total.toLocaleString('en')} calls in ${seconds.toFixed(0)} seconds, seed ${seed}.`);
  process.exitCode = goals.every(({ holds }) => holds) ? 0 : 1;
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`${name} wants a whole number of ${least} or more`);
  return value;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

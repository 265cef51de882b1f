// The simulation's words: a table for each scenario, and the goals beside what was reached.
import type { Figures } from './figures.ts';
import type { Goal } from './goals.ts';

const columns = [
  'strategy',
  'success %',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  '$ / 1000',
  'attempts',
  '429s ‰',
  'shed ‰',
  'cut ‰',
  'blind',
  'trials',
  'unaware',
  'run s',
] as const;

const whole = (value: number): string => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '—');
const fixed = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : '—');
const perMille = (count: number, { calls }: Figures): string => fixed((count / calls) * 1_000, 1);

function cellsOf(row: Figures): string[] {
  const { firstToken, ends, outPicks } = row;
  return [
    row.contender,
    fixed(row.success * 100, 3),
    whole(firstToken.p50),
    whole(firstToken.p95),
    whole(firstToken.p99),
    fixed(row.cost, 2),
    fixed(row.attemptsPerCall, 3),
    fixed(row.refusals, 1),
    perMille(ends.overloaded + ends.resting + ends.unserved, row),
    perMille(ends.broken, row),
    whole(outPicks.blind),
    `${whole(outPicks.ofBudget * 100)} %`,
    whole(outPicks.unaware),
    fixed(row.tookMs / 1_000, 1),
  ];
}

export function tableOf(rows: readonly Figures[]): string {
  const lines = [[...columns], ...rows.map(cellsOf)];
  const widths = columns.map((_name, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ');
  return lines.map(line).join('\n');
}

export const legend = [
  'success    calls that ended well within 120 s; p50, p95, p99: from the call to its first token, queue and lost attempts included',
  'attempts   per call; 429s: refusals by targets; shed: refused by Heimdall itself before any attempt could be made; cut: streams that broke',
  'blind      picks of a target that was out and known to have failed, other than trials',
  'trials     of a failed target, as a share of its probe budget, in the worst outage; unaware: picks before it counted as failed, in the worst outage',
].join('\n');

export function goalsText(goals: readonly Goal[]): string {
  const width = Math.max(...goals.map(({ text }) => text.length));
  const lines = goals.map(({ text, found, holds }) => `${holds ? 'reached' : 'MISSED '}  ${text.padEnd(width)}  ${found}`);
  const missed = goals.filter(({ holds }) => !holds).length;
  return [...lines, '', missed === 0 ? `All ${goals.length} goals are reached.` : `${missed} of ${goals.length} goals are missed.`].join('\n');
}

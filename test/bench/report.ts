// The bench's words: a table of rows with what each subject adds to the direct way, and the ratios beside their goals.
import type { Ratios, Row } from './figures.ts';

const columns = ['scenario', 'subject', 'per second', 'CPU µs', 'CPU ×', 'p50 µs', '+p50', 'p99 µs', '+p99', 'RSS MB'] as const;

const whole = (value: number): string => (Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '—');
const added = (value: number): string => (Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${whole(Math.abs(value))}` : '—');
const times = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : '—');

function cellsOf(row: Row, rows: readonly Row[]): string[] {
  const direct = rows.find((other) => other.scenario === row.scenario && other.subject === 'direct') ?? row;
  return [
    row.scenario,
    row.subject,
    whole(row.rps),
    whole(row.cpuMicros),
    times(row.cpuMicros / direct.cpuMicros),
    whole(row.p50Micros),
    added(row.p50Micros - direct.p50Micros),
    whole(row.p99Micros),
    added(row.p99Micros - direct.p99Micros),
    whole(row.rssMb),
  ];
}

export function tableOf(rows: readonly Row[]): string {
  const lines = [[...columns], ...rows.map((row) => cellsOf(row, rows))];
  const widths = columns.map((_name, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ');
  return lines.map(line).join('\n');
}

interface Goal {
  readonly name: keyof Ratios;
  readonly text: string;
  readonly goal: string;
  /** Undefined where there is no figure to reach. */
  readonly reached: ((value: number) => boolean) | undefined;
}

const goals: readonly Goal[] = [
  { name: 'cpuVsOrigin', text: 'CPU per request, Heimdall / origin (16 connections)', goal: 'at most 2.0', reached: (value) => value <= 2 },
  { name: 'cpuVsMockttp', text: 'CPU per request, mockttp / Heimdall (16 connections)', goal: 'at least 4', reached: (value) => value >= 4 },
  { name: 'addedP50Micros', text: 'added latency p50, one connection, µs', goal: 'as low as can be', reached: undefined },
  { name: 'streamDelayP50Micros', text: 'delay added to a streamed event p50, µs', goal: 'under 1000', reached: (value) => value < 1_000 },
  { name: 'pipelineMeanMicros', text: 'the pipeline’s own spans, mean, µs', goal: 'about 11', reached: (value) => value <= 11 },
];

export function ratiosText(ratios: Ratios): string {
  const lines = goals.map(({ name, text, goal, reached }) => {
    const value = ratios[name];
    const verdict = Number.isFinite(value) ? (reached === undefined ? '' : reached(value) ? 'ok' : 'missed') : 'not measured';
    return `${text.padEnd(54)} ${times(value).padStart(10)}   goal ${goal.padEnd(16)} ${verdict}`;
  });
  return lines.join('\n');
}

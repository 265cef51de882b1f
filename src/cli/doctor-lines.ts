// How the doctor's checks read in a terminal: one line for what is well, the whole story for what is not.
import type { DiagnosticCheck } from '../contract/diagnostics.ts';
import { counted, printable } from './output.ts';
import type { Output, Paint } from './output.ts';

const marks: Readonly<Record<DiagnosticCheck['verdict'], readonly [sign: string, paint: Paint]>> = {
  ok: ['✓', 'green'],
  skipped: ['-', 'dim'],
  warning: ['!', 'yellow'],
  failed: ['✗', 'red'],
};

export function checkLines({ title, verdict, tried, seen, culprit, fix, canFix, repaired }: DiagnosticCheck, out: Output): readonly string[] {
  const [sign, paint] = marks[verdict];
  const head = `${out.paint(paint, sign)} ${printable(title)}`;
  const field = (name: string, value: string): string => `    ${out.paint('dim', name.padEnd(9))} ${printable(value)}`;
  const done = repaired === undefined ? [] : [field('repaired', repaired)];
  if (verdict === 'ok' || verdict === 'skipped') return [`${head}${out.paint('dim', `  ${printable(seen)}`)}`, ...done];
  return [
    head,
    field('tried', tried),
    field('seen', seen),
    ...(culprit === undefined ? [] : [field('to blame', culprit)]),
    ...(fix === undefined ? [] : [field('fix', `${fix}${canFix === true ? ' [--fix can do it]' : ''}`)]),
    ...done,
  ];
}

/** `2 checks failed, 1 warning, 30 passed, 4 skipped.` */
export function summaryLine(checks: readonly DiagnosticCheck[], out: Output): string {
  const count = (verdict: DiagnosticCheck['verdict']): number => checks.filter((check) => check.verdict === verdict).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  const rest = `${count('ok')} passed, ${count('skipped')} skipped`;
  const repairable = checks.filter(({ canFix }) => canFix === true).length;
  const advice = repairable > 0 ? ` \`heimdall doctor --fix\` can repair ${repairable}.` : '';
  if (failed > 0) return `${out.paint('red', `${counted(failed, 'check')} failed`)}, ${counted(warnings, 'warning')}, ${rest}.${advice}`;
  if (warnings > 0) return `${out.paint('yellow', counted(warnings, 'warning'))}, ${rest}.${advice}`;
  return `${out.paint('green', 'Nothing is wrong')}: ${rest}.`;
}

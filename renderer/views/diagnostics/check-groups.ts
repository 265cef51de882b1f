// The checks of one run as they are read: grouped worst first, counted, and as one plain text to paste into a ticket.
import type { DiagnosticCheck } from '../../../src/contract/diagnostics.ts';
import type { AgentStatus } from '../../../src/contract/status.ts';
import type { AgentLink } from '../../../src/contract/shell.ts';
import { diagnostics as s } from '../../strings/diagnostics.ts';

const verdicts = ['failed', 'warning', 'skipped', 'ok'] as const;
export type Verdict = DiagnosticCheck['verdict'];

export interface CheckGroup {
  readonly verdict: Verdict;
  readonly checks: readonly DiagnosticCheck[];
}

/** Groups that hold something, worst first; within one the agent's own order. */
export function checkGroups(checks: readonly DiagnosticCheck[]): readonly CheckGroup[] {
  return verdicts.map((verdict) => ({ verdict, checks: checks.filter((check) => check.verdict === verdict) })).filter((group) => group.checks.length > 0);
}

/** The view in which a check's fix is made, by what the agent's ids begin with. */
const fixPlaces = { 'setup-': 'settings', 'target-': 'targets', audit: 'activity', policy: 'policy' } as const;
export type FixPlace = (typeof fixPlaces)[keyof typeof fixPlaces];

/** Undefined where nothing needs doing, or not in this window. */
export function fixPlaceOf({ id, fix, verdict }: DiagnosticCheck): FixPlace | undefined {
  if (fix === undefined || verdict === 'ok') return undefined;
  return Object.entries(fixPlaces).find(([start]) => id.startsWith(start))?.[1];
}

/** The worst that counts: a check that could not be made is no fault by itself. */
export function worstVerdict(checks: readonly DiagnosticCheck[]): 'failed' | 'warning' | 'ok' {
  if (checks.some(({ verdict }) => verdict === 'failed')) return 'failed';
  return checks.some(({ verdict }) => verdict === 'warning') ? 'warning' : 'ok';
}

/** `2 checks failed`, and beside it what else there is. */
export function summaryOf(checks: readonly DiagnosticCheck[]): { readonly head: string; readonly rest: readonly string[] } {
  const count = (verdict: Verdict): number => checks.filter((check) => check.verdict === verdict).length;
  const [failed, warning, skipped, ok] = [count('failed'), count('warning'), count('skipped'), count('ok')];
  const rest = skipped > 0 ? [s.summary.skipped(skipped)] : [];
  if (failed === 0 && warning === 0) return { head: s.summary.ok(ok), rest };
  if (ok > 0) rest.unshift(s.summary.passed(ok));
  if (failed === 0) return { head: s.summary.warning(warning), rest };
  if (warning > 0) rest.unshift(s.summary.warning(warning));
  return { head: s.summary.failed(failed), rest };
}

/** What the agent can put right by itself. */
export const repairable = (checks: readonly DiagnosticCheck[]): readonly DiagnosticCheck[] => checks.filter(({ canFix }) => canFix === true);

export interface ReportSubjects {
  readonly checks: readonly DiagnosticCheck[];
  readonly status: AgentStatus | undefined;
  readonly link: AgentLink | undefined;
  /** Milliseconds since 1970. */
  readonly ranAt: number;
}

/** Plain text, one check per paragraph. Times are UTC: readers of tickets sit elsewhere. */
export function reportText({ checks, status, link, ranAt }: ReportSubjects): string {
  const head = [s.report.head(status?.version ?? link?.agentVersion ?? '', new Date(ranAt).toISOString())];
  if (status) head.push(s.report.state(status.state, status.reason));
  if (link) head.push(s.report.link(s.link.states[link.state], link.detail));
  const warnings = (status?.warnings ?? []).map(({ title, text, code }) => `- ${title} (${code})\n  ${text}`);
  const paragraphs = checkGroups(checks).flatMap((group) => group.checks.map(checkText));
  return [
    head.join('\n'),
    ...(warnings.length > 0 ? [`${s.report.warnings}\n${warnings.join('\n')}`] : []),
    ...(paragraphs.length > 0 ? [s.report.checks, ...paragraphs] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

function checkText({ id, title, verdict, tried, seen, culprit, fix, repaired }: DiagnosticCheck): string {
  const lines = [`[${s.verdicts[verdict]}] ${title} (${id})`, `  ${s.tried}: ${tried}`, `  ${s.seen}: ${seen}`];
  if (culprit !== undefined) lines.push(`  ${s.culprit}: ${culprit}`);
  if (fix !== undefined) lines.push(`  ${s.fix}: ${fix}`);
  if (repaired !== undefined) lines.push(`  ${s.repaired}: ${repaired}`);
  return lines.join('\n');
}

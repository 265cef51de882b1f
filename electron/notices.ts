// Which blocks and redactions are worth a notification: grouped, and never more than one in a while.
import type { AuditRow } from '../src/contract/audit.ts';
import type { Preferences } from '../src/contract/shell.ts';

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** The exchange to show for "why": the latest of the group. */
  readonly id: string;
}

export interface NoticeDeps {
  readonly preference: () => Preferences['notifications'];
  readonly show: (notice: Notice) => void;
  readonly now: () => number;
  /** Calls back after this time, milliseconds. */
  readonly later: (ms: number, work: () => void) => void;
}

/** Rows that come together are told together; an agent that tries again and again must not fill the screen. */
const groupMs = 700;
const pauseMs = 15_000;

export class Notices {
  readonly #deps: NoticeDeps;
  #waiting: AuditRow[] = [];
  #isPlanned = false;
  #lastShown = Number.NEGATIVE_INFINITY;

  constructor(deps: NoticeDeps) {
    this.#deps = deps;
  }

  take(rows: readonly AuditRow[]): void {
    const preference = this.#deps.preference();
    this.#waiting.push(...rows.filter(({ record }) => record.asked?.by !== 'user' && isWorth(record, preference)));
    if (this.#waiting.length === 0 || this.#isPlanned) return;
    this.#isPlanned = true;
    const soonest = Math.max(groupMs, this.#lastShown + pauseMs - this.#deps.now());
    this.#deps.later(soonest, () => this.#tell());
  }

  #tell(): void {
    this.#isPlanned = false;
    const rows = this.#waiting;
    this.#waiting = [];
    const notice = noticeOf(rows);
    if (notice === undefined) return;
    this.#lastShown = this.#deps.now();
    this.#deps.show(notice);
  }
}

function isWorth({ decision, outcome }: AuditRow['record'], preference: Preferences['notifications']): boolean {
  if (preference === 'none') return false;
  return decision === 'block' || (preference === 'all' && outcome === 'redacted');
}

function noticeOf(rows: readonly AuditRow[]): Notice | undefined {
  const latest = rows.at(-1)?.record;
  if (latest === undefined) return undefined;
  const blocked = rows.filter(({ record }) => record.decision === 'block').length;
  const redacted = rows.length - blocked;
  const apps = [...new Set(rows.map(({ record }) => record.peer?.app ?? 'an unknown program'))];
  if (rows.length === 1) {
    return {
      title: blocked === 1 ? 'A call was blocked' : 'Something was redacted',
      body: `${apps[0] ?? ''} to ${latest.host}${latest.rule === undefined ? '' : `, rule “${latest.rule}”`}. ${whatWasFound(latest)}`.trim(),
      id: latest.id,
    };
  }
  const parts = [blocked > 0 ? `${blocked} blocked` : '', redacted > 0 ? `${redacted} redacted` : ''].filter((part) => part !== '');
  return {
    title: `${rows.length} calls: ${parts.join(', ')}`,
    body: `From ${apps.slice(0, 3).join(', ')}${apps.length > 3 ? ' and others' : ''}.`,
    id: latest.id,
  };
}

function whatWasFound({ findings }: AuditRow['record']): string {
  if (findings === undefined || findings.length === 0) return '';
  return `Found: ${findings.map(({ detector, count }) => (count === 1 ? detector : `${count} × ${detector}`)).join(', ')}.`;
}

// What the window knows of agent and shell, and how each message changes it: pure, so it is tested without a window.
import type { AskQuestion } from '../src/contract/ask.ts';
import type { AuditRow } from '../src/contract/audit.ts';
import type { Snapshot } from '../src/contract/control.ts';
import type { AgentLink, Preferences, ShellInfo } from '../src/contract/shell.ts';
import type { AgentStatus } from '../src/contract/status.ts';

export interface FaceState {
  readonly shell: ShellInfo | undefined;
  readonly link: AgentLink;
  /** The last status heard; absent before the first. Kept while the link is down: look at `link` before you call it current. */
  readonly status: AgentStatus | undefined;
  /** Newest first, at most `recentLimit`. */
  readonly recent: readonly AuditRow[];
  readonly questions: readonly AskQuestion[];
}

export type FaceMessage =
  | { readonly kind: 'shell'; readonly info: ShellInfo }
  | { readonly kind: 'link'; readonly link: AgentLink }
  | { readonly kind: 'preferences'; readonly preferences: Preferences }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'status'; readonly status: AgentStatus }
  | { readonly kind: 'rows'; readonly rows: readonly AuditRow[] }
  | { readonly kind: 'ask-opened'; readonly question: AskQuestion }
  | { readonly kind: 'ask-closed'; readonly id: string };

export const recentLimit = 500;

export const emptyState: FaceState = {
  shell: undefined,
  link: { state: 'connecting', detail: '', agentVersion: undefined, nextTryAt: undefined },
  status: undefined,
  recent: [],
  questions: [],
};

export const isConnected = (link: AgentLink) => link.state === 'attached' || link.state === 'started';

export function applyMessage(state: FaceState, message: FaceMessage): FaceState {
  switch (message.kind) {
    case 'shell':
      return { ...state, shell: message.info, link: message.info.link };
    case 'link':
      return { ...state, link: message.link };
    case 'preferences':
      return state.shell === undefined ? state : { ...state, shell: { ...state.shell, preferences: message.preferences } };
    case 'snapshot':
      return { ...state, status: message.snapshot.status, recent: newestFirst(message.snapshot.recent), questions: message.snapshot.questions };
    case 'status':
      return { ...state, status: message.status };
    case 'rows':
      return { ...state, recent: mergeRows(state.recent, message.rows) };
    case 'ask-opened':
      return { ...state, questions: [...state.questions.filter(({ id }) => id !== message.question.id), message.question] };
    case 'ask-closed':
      return { ...state, questions: state.questions.filter(({ id }) => id !== message.id) };
  }
}

const newestFirst = (rows: readonly AuditRow[]) => [...rows].sort((a, b) => b.seq - a.seq).slice(0, recentLimit);

/** Rows come in order of seq; one that is already there (a snapshot overtook it) is not taken twice. */
function mergeRows(recent: readonly AuditRow[], rows: readonly AuditRow[]): readonly AuditRow[] {
  const newest = recent[0]?.seq ?? 0;
  const fresh = rows.filter(({ seq }) => seq > newest);
  return fresh.length === 0 ? recent : [...newestFirst(fresh), ...recent].slice(0, recentLimit);
}

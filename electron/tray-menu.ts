// What the tray shows: a pure function of what is known, so that every state is tested without a tray.
import type { AgentLink, View } from '../src/contract/shell.ts';
import type { AgentState, AgentStatus } from '../src/contract/status.ts';

export type TrayAction =
  | { readonly kind: 'open'; readonly view: View }
  | { readonly kind: 'pause'; readonly minutes: number }
  | { readonly kind: 'resume' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'quit' };

export type TrayItem =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly label: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: TrayAction; readonly enabled: boolean }
  | { readonly kind: 'menu'; readonly label: string; readonly items: readonly TrayItem[] };

export interface TrayModel {
  readonly state: AgentState;
  readonly tooltip: string;
  readonly items: readonly TrayItem[];
}

export interface TrayFacts {
  readonly link: AgentLink;
  /** Undefined while no agent is connected. */
  readonly status: AgentStatus | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const stateWords: Readonly<Record<AgentState, string>> = {
  off: 'Off',
  starting: 'Starting',
  protected: 'Protected',
  degraded: 'Protected, with a reservation',
  blocked: 'AI calls are refused',
  paused: 'Paused',
};

export function trayModel({ link, status, now }: TrayFacts): TrayModel {
  const state = stateOf(link, status);
  const reason = status === undefined ? link.detail : reasonOf(status, now);
  return {
    state,
    tooltip: `Heimdall: ${stateWords[state]}. ${firstSentence(reason)}`,
    items: [
      { kind: 'text', label: stateWords[state] },
      ...sentences(reason).map((label): TrayItem => ({ kind: 'text', label })),
      separator,
      ...(status === undefined ? [] : [...figures(status), separator, ...pauseItems(status, now), separator]),
      ...(link.state === 'failed' ? [action('Start the agent again', { kind: 'restart' }), separator] : []),
      action('Open Heimdall', { kind: 'open', view: 'status' }),
      action('Diagnostics', { kind: 'open', view: 'diagnostics' }),
      separator,
      action('Quit', { kind: 'quit' }, status?.rights.mayQuit ?? true),
      ...(status?.rights.mayQuit === false ? [text('Your organisation’s policy keeps Heimdall running.')] : []),
    ],
  };
}

const separator: TrayItem = { kind: 'separator' };
const text = (label: string): TrayItem => ({ kind: 'text', label });
const action = (label: string, what: TrayAction, enabled = true): TrayItem => ({ kind: 'action', label, action: what, enabled });

function stateOf(link: AgentLink, status: AgentStatus | undefined): AgentState {
  if (status !== undefined) return status.state;
  return link.state === 'failed' || link.state === 'version-mismatch' ? 'off' : 'starting';
}

function reasonOf(status: AgentStatus, now: number): string {
  if (status.pausedUntil === undefined) return status.reason;
  return `Until ${clock(status.pausedUntil, now)} AI calls pass untouched and unread.`;
}

function figures({ today, targets }: AgentStatus): TrayItem[] {
  const first = targets.find(({ state }) => state !== 'down') ?? targets[0];
  return [
    text(`Today: ${count(today.exchanges, 'call')}, ${today.blocked.toLocaleString('en')} blocked, ${today.redacted.toLocaleString('en')} redacted`),
    text(`Spend today: ${money(today.costUsd)}`),
    ...(first === undefined ? [] : [text(targetLine(first))]),
  ];
}

function targetLine({ id, kind, state, latencyMs }: AgentStatus['targets'][number]): string {
  const name = kind === 'simulator' ? 'Built-in simulator' : kind === 'gateway' ? `Gateway ${id}` : `Target ${id}`;
  if (state === 'down') return `${name}: not reachable`;
  return latencyMs === undefined ? `${name}: not used yet` : `${name}: ${Math.round(latencyMs).toLocaleString('en')} ms`;
}

function pauseItems({ state, rights }: AgentStatus, now: number): TrayItem[] {
  if (state === 'paused') return [action('Resume now', { kind: 'resume' })];
  if (!rights.mayPause) return [text('Pausing is not allowed by your organisation’s policy.')];
  const choices: readonly (readonly [string, number])[] = [
    ['For 15 minutes', 15],
    ['For 1 hour', 60],
    ['Until tomorrow', minutesToMidnight(now)],
  ];
  const items = choices.filter(([, minutes]) => minutes <= rights.longestPauseMinutes).map(([label, minutes]) => action(label, { kind: 'pause', minutes }));
  return items.length === 0 ? [text(`Pauses are limited to ${count(rights.longestPauseMinutes, 'minute')}.`)] : [{ kind: 'menu', label: 'Pause', items }];
}

function minutesToMidnight(now: number): number {
  const day = new Date(now);
  const midnight = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime();
  return Math.min(1440, Math.max(1, Math.ceil((midnight - now) / 60_000)));
}

function clock(at: number, now: number): string {
  const time = new Date(at).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });
  return new Date(at).toDateString() === new Date(now).toDateString() ? time : `tomorrow, ${time},`;
}

const count = (value: number, noun: string): string => `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`;
const money = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;

/** Menus do not wrap: a line for each sentence, cut where it is long. */
const longestLine = 90;
const sentences = (reason: string): string[] =>
  (reason.match(/[^.!?]+[.!?]+(?=\s|$)|[^.!?]+$/g) ?? []).map((part) => cut(part.trim())).filter((part) => part !== '');
const firstSentence = (reason: string): string => sentences(reason)[0] ?? '';
const cut = (part: string): string => (part.length > longestLine ? `${part.slice(0, longestLine - 1).trimEnd()}…` : part);

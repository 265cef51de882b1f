// The words of the Status view: state by state what is forwarded (as SECURITY.md promises it), figures, warnings, the link.
import type { AgentState } from '../../src/contract/status.ts';
import { counted } from './plural.ts';

const headline: Readonly<Record<AgentState, string>> = {
  off: 'The agent is off',
  starting: 'The agent is starting',
  protected: 'AI traffic is protected',
  degraded: 'Protected, with a reservation',
  blocked: 'AI calls are refused',
  paused: 'Protection is paused',
};

/** One or two sentences each; the long form is SECURITY.md, "States and promises". */
const forwards: Readonly<Record<AgentState, string>> = {
  off: 'No port is open. Programs set up for Heimdall cannot connect until it runs again; everything else goes straight out.',
  starting: 'Nothing yet. The port opens last, when the audit log, the policy and the certificate stand.',
  protected:
    'Calls to AI hosts are read, judged by your policy and sent where their route says, by default to the first target that is up. Everything else passes untouched.',
  degraded: 'As when protected, but with the reservation below. Each call that went another way than planned is recorded as such.',
  blocked: 'Calls bound for the gateway get an error that says why. Other traffic still passes, and the gateway is tried again every few seconds.',
  paused: 'New connections pass untouched and unread, AI hosts included. Only programs, hosts and byte counts are recorded.',
};

export const status = {
  title: 'Status',
  subtitle: 'Is AI traffic on this machine protected?',
  headline,
  whatPasses: 'What passes now',
  forwards,
  pausedUntil: (clock: string) => `Paused until ${clock}. Protection comes back by itself.`,
  pausedLeft: (left: string) => `${left} left`,
  pause: 'Pause',
  pauseFor15: 'For 15 minutes',
  pauseFor60: 'For 1 hour',
  pauseUntilTomorrow: 'Until tomorrow',
  pauseHint: 'Written to the audit log',
  resume: 'Resume protection',
  pauseNotAllowed: 'Pausing is switched off by your administrator',
  since: (when: string) => `Running since ${when}`,
  listensOn: (port: number) => `Port ${String(port)} on this machine`,
  rules: (count: number, revision: string) => `${counted(count, 'rule', 'rules')} · policy ${revision}`,

  warningsTitle: 'Needs attention',
  warningSince: (when: string) => `since ${when}`,
  severity: { info: 'Note', warning: 'Warning', error: 'Error' },
  fix: {
    targets: 'Look at targets',
    settings: 'Open settings',
    policy: 'Open policy',
    diagnostics: 'Run diagnostics',
    'first-run': 'Renew trust',
  },

  chartTitle: 'Last hour',
  chartSubtitle: 'Calls per minute',
  chartSummary: (calls: number, blocked: number) =>
    `Chart of the last 60 minutes: ${counted(calls, 'call', 'calls')}, ${counted(blocked, 'blocked', 'blocked')}.`,
  chartCalls: 'Calls',
  chartBlocked: 'Minute with blocked calls',
  chartLatency: 'Median time of a call',
  chartEmpty: 'No AI call in the last hour',
  chartEmptyText: 'As soon as a program on this machine calls an AI host through Heimdall, it shows here.',
  asTable: 'Show as table',
  asChart: 'Show as chart',
  tableMinute: 'Minute',
  tableCalls: 'Calls',
  tableBlocked: 'Blocked',
  tableRedacted: 'Redacted',
  tableFailed: 'Failed',
  tableMedian: 'Median time',
  tableSlow: '95% within',
  readout: (clock: string, calls: number, blocked: number, median: string | undefined) =>
    [clock, counted(calls, 'call', 'calls'), blocked > 0 ? `${String(blocked)} blocked` : '', median === undefined ? '' : `median ${median}`]
      .filter((part) => part !== '')
      .join(' · '),

  todayTitle: 'Today',
  todaySubtitle: 'Since midnight',
  calls: 'AI calls',
  callsHint: (tunnels: string) => `${tunnels} tunnelled, unread`,
  blocked: 'Blocked',
  redacted: 'Redacted',
  failed: 'Failed',
  spend: 'Spend',
  spendHint: 'of calls with a known price',
  budget: 'Fullest budget',
  budgetText: (name: string, used: string, share: string) => `${name}: ${used} (${share})`,
  allBudgets: 'All budgets',
  tokens: 'Tokens',
  tokensHint: (input: string, output: string) => `${input} in, ${output} out`,

  targetsTitle: 'Targets',
  targetsSubtitle: 'Health and share of today’s calls',
  targetKind: { gateway: 'Gateway', provider: 'Provider, own key', origin: 'Own host', simulator: 'Simulator' },
  targetLatency: (latency: string) => `answers in ${latency}`,
  targetShare: (share: string) => `${share} of calls`,
  allTargets: 'All targets',
  noTargets: 'No target is set',
  noTargetsText: 'Without a gateway, calls are answered by the built-in simulator. Name your gateway in the settings.',

  topTitle: 'Most used today',
  topApps: 'Apps',
  topModels: 'Models',
  topSpend: 'Spend',
  topEmpty: 'Nothing today',
  topEmptyText: 'Apps, models and spend show here after the first call of the day.',

  linkHeadline: {
    connecting: 'Connecting to the agent',
    attached: 'Connected',
    started: 'Connected',
    restarting: 'The agent is being restarted',
    'version-mismatch': 'The agent is of another version',
    failed: 'The agent is not running',
  },
  linkMeaning: {
    connecting: 'This takes a moment. Until the agent answers, it is not known what passes.',
    attached: '',
    started: '',
    restarting: 'It stopped and is started again. Until it is back, programs set up for Heimdall cannot reach AI hosts.',
    'version-mismatch': 'This window and the agent do not speak the same version, so nothing can be shown or changed here. Protection itself goes on.',
    failed:
      'No call is checked or recorded. Where the settings of this machine could be put back, programs reach AI hosts directly; the line above says whether they were.',
  },
  linkNextTry: (left: string) => `Next try in ${left}`,
  linkAgentVersion: (version: string) => `The agent says it is version ${version}.`,
  linkRestart: 'Restart the agent',
  linkNoFigures: 'Figures come back with the agent',
  linkNoFiguresText: 'Nothing is shown here that was not heard from a running agent.',
} as const;

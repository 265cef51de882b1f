// Every published state of an agent, with the warnings that lead to it: what Status, tray and navigation must be able to say.
import type { BudgetStatus } from '../../src/contract/budget.ts';
import type { QuotaLeft, TargetExplanation } from '../../src/contract/routing.ts';
import type { AgentState, AgentStatus, TargetStatus, Warning } from '../../src/contract/status.ts';
import { targetStatus } from '../unit/target-status.ts';
import type { UsageTotals } from '../../src/contract/usage.ts';

export const scenarios = ['starting', 'protected', 'degraded', 'blocked', 'paused', 'off'] as const satisfies readonly AgentState[];
export type Scenario = (typeof scenarios)[number];

export const noUsage: UsageTotals = { exchanges: 0, tunnels: 0, blocked: 0, redacted: 0, failed: 0, costUsd: 0, inputTokens: 0, outputTokens: 0 };

const target = (id: string, kind: TargetStatus['kind'], state: TargetStatus['state'], detail: string, latencyMs?: number, answered = 0): TargetStatus =>
  targetStatus(id, { kind, state, detail, latencyMs, answered, health: state === 'down' ? 'failed' : 'healthy' });

const quotaOf = (requests: number, requestsLimit: number): QuotaLeft => ({
  requests,
  requestsLimit,
  tokens: undefined,
  tokensLimit: undefined,
  restingUntil: undefined,
});

const allUp = [
  {
    ...target('gateway-eu', 'gateway', 'up', '', 212.4, 3_812),
    share: 0.94,
    inFlight: 3,
    waiting: 1,
    quota: { ...quotaOf(412, 1_000), tokens: 3_400, tokensLimit: 80_000 },
  },
  { ...target('gateway-us', 'gateway', 'up', '', 348.9, 64), share: 0.06 },
];
const budgets: readonly BudgetStatus[] = [
  {
    budget: 'each-app',
    account: 'claude-code',
    usd: { used: 4.61, reserved: 0.22, limit: 5, per: 'day', window: 'calendar' },
    requests: undefined,
    tokens: undefined,
    freeAt: undefined,
  },
  {
    budget: 'key:ci',
    account: '',
    usd: { used: 20.02, reserved: 0, limit: 20, per: 'month', window: 'rolling', unpriced: 3 },
    requests: { used: 12, limit: 60 },
    tokens: undefined,
    freeAt: Date.now() + 5 * 3_600_000,
  },
];

const refused = 'connect-timeout after 10 s to https://ai-gateway.example.com';
const warning = (since: number, parts: Omit<Warning, 'since'>): Warning => ({ ...parts, since });

interface Told {
  readonly reason: string;
  readonly targets: readonly TargetStatus[];
  readonly warnings: readonly Warning[];
}

function toldBy(scenario: Scenario, now: number): Told {
  const since = now - 4 * 60_000;
  switch (scenario) {
    case 'starting':
      return {
        reason: 'The agent is reading its policy and opening its port.',
        targets: allUp.map((up) => ({ ...up, state: 'unknown', latencyMs: undefined, answered: 0 })),
        warnings: [],
      };
    case 'off':
      return { reason: 'The agent is stopping; programs reach their hosts directly from now on.', targets: allUp, warnings: [] };
    case 'paused':
      return { reason: 'Paused: AI calls are tunnelled unread until the pause is over.', targets: allUp, warnings: [] };
    case 'protected':
      return {
        reason: 'AI calls are checked on this machine and sent through gateway-eu.',
        targets: allUp,
        warnings: [
          warning(now - 3_600_000, {
            code: 'secret-exposed',
            severity: 'warning',
            title: 'A secret file can be read by others',
            text: 'Other users of this machine can read a file that holds a secret: /home/ada/.config/heimdall/key. Set its mode to 0600.',
            leadsTo: 'protected',
          }),
        ],
      };
    case 'degraded':
      return {
        reason: 'The gateway cannot be reached; AI calls go out without it.',
        targets: [
          target('gateway-eu', 'gateway', 'down', refused, undefined, 3_812),
          { ...target('gateway-us', 'gateway', 'up', '', 348.9, 64), drained: true },
          {
            ...target('anthropic', 'provider', 'up', 'it answered with a server error', 902.3, 11),
            health: 'recovering' as const,
            share: 0.37,
            waiting: 2,
            quota: { ...quotaOf(0, 50), restingUntil: now + 40_000 },
          },
          { ...target('origin', 'origin', 'up', '', 388.1, 19), share: 0.63 },
        ],
        warnings: [
          warning(since, {
            code: 'gateway-down-open',
            severity: 'warning',
            title: 'The gateway cannot be reached; AI calls go out without it',
            text: `No gateway answers: ${refused}. Policy says onGatewayDown: open, so calls go to their own hosts with the client's own credential, and each is recorded as failed-open.`,
            leadsTo: 'degraded',
          }),
          warning(since, {
            code: 'policy-last-good',
            severity: 'warning',
            title: 'The policy file is faulty; the last good one is in force',
            text: 'The policy file was not taken over: rules[2].when.findings is no detector. Correct it; `heimdall policy check FILE` tells what is wrong.',
            leadsTo: 'degraded',
          }),
        ],
      };
    case 'blocked':
      return {
        reason: 'The gateway cannot be reached; AI calls are refused.',
        targets: allUp.map((up) => ({ ...up, state: 'down', detail: refused, latencyMs: undefined })),
        warnings: [
          warning(since, {
            code: 'gateway-down-closed',
            severity: 'error',
            title: 'The gateway cannot be reached; AI calls are refused',
            text: `No gateway answers: ${refused}. Policy says onGatewayDown: closed, so AI calls are refused until it is back. Check the network and the gateway's URL.`,
            leadsTo: 'blocked',
          }),
        ],
      };
  }
}

export interface StatusFacts {
  readonly now: number;
  readonly dataDir: string;
  readonly rows: number;
  readonly today: UsageTotals;
}

export function statusOf(scenario: Scenario, { now, dataDir, rows, today }: StatusFacts): AgentStatus {
  const { exchanges, tunnels, blocked, redacted, failed } = today;
  return {
    ...toldBy(scenario, now),
    state: scenario,
    version: '0.1.0',
    pid: process.pid,
    startedAt: now - 9 * 3_600_000,
    proxy: { port: 7465, addresses: ['127.0.0.1', '::1'] },
    ca: { fingerprint: fakeFingerprint, notAfter: now + 700 * 86_400_000, file: `${dataDir}/ca/ca.pem` },
    policy: { revision: '4f9a1c07d2be', source: '/etc/heimdall/policy.yaml', rules: 6 },
    counters: { exchanges, tunnels, blocked, redacted, failed },
    today,
    budgets: scenario === 'off' || scenario === 'starting' ? [] : budgets,
    pausedUntil: scenario === 'paused' ? now + 14 * 60_000 : undefined,
    rights: { mayPause: true, longestPauseMinutes: 1440, mayQuit: true },
    pipeline: { count: exchanges, mean: 214, p50: 168, p99: 1_120, spans: { recognise: 3, read: 61, evaluate: 108, plan: 9, record: 33 } },
    audit: { rows, pending: 0, file: `${dataDir}/audit/audit.db` },
  };
}

export const fakeFingerprint = '7C:1E:9A:40:5B:D2:33:F8:01:66:AB:90:CE:57:12:04:E8:3D:7F:B1:29:94:60:DA:C5:0B:8E:41:F6:2A:73:9D';

/** Why the calls of a state go where they go. */
export function explainedOf({ targets }: AgentStatus): readonly TargetExplanation[] {
  return targets.map(({ id, health, share = 0, drained }, index) => ({
    target: id,
    model: undefined,
    place: index < 2 ? 'coding › cascade › weighted' : 'coding › cascade',
    state: health,
    share,
    factors: undefined,
    why: drained
      ? 'Gets no calls: taken out by a person.'
      : health === 'failed'
        ? 'Gets no calls: it is being rested after failures.'
        : `Gets ${Math.round(share * 100)} % of calls.`,
  }));
}

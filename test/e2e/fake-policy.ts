// The fake agent's policy with the origin of each part, its trials, and the texts it kept of calls.
import type { AuditRow } from '../../src/contract/audit.ts';
import type { ContentAnswer, ContentPiece } from '../../src/contract/content.ts';
import type { ParsedParams, PolicyInfo } from '../../src/contract/control.ts';
import { Policy } from '../../src/contract/policy.ts';
import type { Rule } from '../../src/contract/policy.ts';
import type { PolicyPart, PolicyTrial, RuleTrace } from '../../src/contract/policy-view.ts';
import { mix, pick } from './fake-rows.ts';
import { fakePrompts } from './fake-tables.ts';

const policy = Policy.parse({
  version: 1,
  rules: [
    {
      id: 'block-secrets',
      description: 'Keys and tokens never leave this machine.',
      when: { findings: ['aws-access-key', 'github-token', 'openai-key', 'private-key', 'stripe-key'] },
      action: 'block',
      message: 'Keys and tokens must not leave this machine. Take the key out and send again.',
    },
    {
      id: 'redact-personal-data',
      description: 'Addresses and account numbers are replaced.',
      when: { findings: ['email', 'iban', 'card-number'] },
      action: 'redact',
    },
    { id: 'block-unknown-hosts', when: { host: ['*.deepseek.com', 'api.moonshot.ai'] }, action: 'block', message: 'This provider is not approved.' },
    {
      id: 'ask-frontier-models',
      description: 'The most expensive models need a reason.',
      when: { model: ['claude-opus-*', 'gpt-*-pro'] },
      action: 'ask',
      message: 'This model costs ten times the usual one. Say what you need it for.',
      ask: { otherwise: 'block', seconds: 60, justification: true },
    },
    { id: 'allow-coding-tools', when: { app: ['claude-code', 'codex', 'cursor', 'copilot-cli'] }, action: 'allow' },
    { id: 'allow-rest', action: 'allow' },
  ],
  apps: { 'ingest-nightly': 'denied', 'claude-code': 'approved' },
  failures: { onGatewayDown: 'closed', onUnreadable: 'closed' },
});

const parts: PolicyPart[] = [
  ...policy.rules.map((rule): PolicyPart => ({ path: `rules.${rule.id}`, origin: rule.id.startsWith('allow') ? 'user' : 'managed', value: rule })),
  { path: 'content.keep', origin: 'default', value: policy.content.keep },
  { path: 'content.values', origin: 'managed', value: policy.content.values },
  { path: 'user.pause', origin: 'default', value: policy.user.pause },
  { path: 'user.longestPauseMinutes', origin: 'managed', value: policy.user.longestPauseMinutes },
  { path: 'user.quit', origin: 'default', value: policy.user.quit },
  { path: 'apps.ingest-nightly', origin: 'managed', value: 'denied' },
  { path: 'failures.onGatewayDown', origin: 'managed', value: 'closed' },
  { path: 'failures.onUnreadable', origin: 'default', value: 'closed' },
];

export const fakePolicy: PolicyInfo = { revision: '4f9a1c07d2be', source: '/etc/heimdall/policy.yaml', policy, rejected: undefined, origin: 'managed', parts };

const patterns: readonly (readonly [string, RegExp])[] = [
  ['aws-access-key', /AKIA[0-9A-Z]{16}/g],
  ['github-token', /ghp_\w{36}/g],
  ['email', /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g],
];

interface TrialFacts {
  readonly app: string | undefined;
  readonly model: string | undefined;
  readonly found: readonly { readonly detector: string; readonly count: number }[];
}

function factsOf(input: ParsedParams<'policy.try'>, rowById: (id: string) => AuditRow | undefined): TrialFacts {
  if ('body' in input) {
    const found = patterns.map(([detector, pattern]) => ({ detector, count: [...input.body.matchAll(pattern)].length })).filter(({ count }) => count > 0);
    return { app: input.app, model: /"model"\s*:\s*"([^"]+)"/.exec(input.body)?.[1], found };
  }
  const record = rowById(input.id)?.record;
  return { app: record?.peer?.app, model: record?.model, found: (record?.findings ?? []).map(({ detector, count }) => ({ detector, count })) };
}

/** Reads top to bottom as the agent does, with three of its detectors. */
export function tryPolicy(input: ParsedParams<'policy.try'>, rowById: (id: string) => AuditRow | undefined): PolicyTrial {
  const facts = factsOf(input, rowById);
  const { trace, ruling } = readRules(facts);
  const decision = ruling?.action ?? 'allow';
  const sent = decision === 'redact' && 'body' in input ? { sent: input.body.replaceAll(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '[REDACTED:email]') } : {};
  const note = 'id' in input ? { note: 'The text of this exchange is not kept, so the findings of its record were used.' } : {};
  const why = trace.find(({ rule }) => rule === ruling?.id)?.why ?? 'No rule held.';
  return { recognised: 'openai-chat', decision, rule: ruling?.id, why, findings: facts.found, trace, ...sent, ...note };
}

function readRules(facts: TrialFacts): { trace: readonly RuleTrace[]; ruling: Rule | undefined } {
  const trace: RuleTrace[] = [];
  let decided: Rule | undefined;
  let redacting: Rule | undefined;
  for (const rule of policy.rules) {
    if (decided !== undefined) {
      trace.push({ rule: rule.id, action: rule.action, verdict: 'not-reached', why: `The rule ${decided.id} ended the reading.` });
      continue;
    }
    const { holds, text } = reasonOf(rule, facts);
    trace.push({ rule: rule.id, action: rule.action, verdict: holds ? 'matched' : 'not-matched', why: text });
    if (holds && rule.action === 'redact') redacting = rule;
    else if (holds) decided = rule;
  }
  return { trace, ruling: decided?.action === 'allow' ? (redacting ?? decided) : decided };
}

function reasonOf(rule: Rule, facts: TrialFacts): { holds: boolean; text: string } {
  const list = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : typeof value === 'string' ? [value] : value);
  const fits = (pattern: string, value: string | undefined) =>
    value !== undefined && new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 'i').test(value);
  const { findings, app, model, host } = rule.when;
  if (findings !== undefined) {
    const hit = list(findings).find((detector) => facts.found.some((one) => one.detector === detector));
    return hit === undefined
      ? { holds: false, text: `None of ${list(findings).join(', ')} was found.` }
      : { holds: true, text: `${hit} was found in the text.` };
  }
  for (const [name, wanted, value] of [
    ['app', app, facts.app],
    ['model', model, facts.model],
    ['host', host, 'api.openai.com'],
  ] as const) {
    if (wanted === undefined) continue;
    const holds = list(wanted).some((pattern) => fits(pattern, value));
    return { holds, text: `The ${name} is ${value ?? 'unknown'}, which ${holds ? 'is' : 'is none'} of ${list(wanted).join(', ')}.` };
  }
  return { holds: true, text: 'The rule has no conditions, so it always holds.' };
}

const samples: Readonly<Record<string, string>> = { email: 'grace.hopper@example.com', iban: 'DE89370400440532013000', 'card-number': '4111111111111111' };

/** Texts are kept of the newest calls only, as the agent's memory does. */
export function contentOf({ seq, record }: AuditRow, newest: number): ContentAnswer {
  if (record.kind !== 'exchange' || record.dialect === 'native')
    return { kind: 'absent', reason: 'Nothing was read of this connection, so there is no text to show.' };
  if (newest - seq > 400) return { kind: 'absent', reason: 'Only the texts of the last calls are kept in memory, and this call is older.' };
  const pieces: ContentPiece[] = [{ text: `${pick(fakePrompts, mix(seq, 60))}\n\n` }];
  for (const { detector, count } of record.findings ?? []) {
    for (let i = 0; i < count; i += 1) {
      pieces.push({ text: i === 0 ? 'Reported by ' : ' and ' });
      const text = '•'.repeat((samples[detector] ?? 'AKIAIOSFODNN7EXAMPLE').length);
      pieces.push({ text, detector, ...(record.decision === 'redact' ? { replacement: `[redacted:${detector}]` } : {}) });
    }
    pieces.push({ text: ', as the log shows.\n' });
  }
  const system = 'You are a careful assistant for the engineering team. Answer briefly and name your sources.';
  return {
    kind: 'kept',
    content: {
      id: record.id,
      clear: false,
      omitted: seq % 7 === 0 ? 18_204 : 0,
      spans: [
        { role: 'system', pieces: [{ text: system }] },
        { role: 'user', pieces },
      ],
    },
  };
}

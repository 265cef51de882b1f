// Tries the policy on a request that is not sent anywhere, or once more on one of the audit log.
import type { AuditRecord, RecordedFinding } from '../contract/audit.ts';
import type { ContentAnswer } from '../contract/content.ts';
import type { Dialect } from '../contract/dialect.ts';
import type { Decision, DialectId, Finding, Recognition, RequestFacts, Surface } from '../contract/exchange.ts';
import type { Policy, PolicyInput } from '../contract/policy.ts';
import type { PolicyTrial } from '../contract/policy-view.ts';
import { compileDecision, findAll } from './compile.ts';
import { applyEdits } from './redact.ts';
import { traceRules } from './trace.ts';

export interface TrialRooms {
  readonly policy: Policy;
  readonly matchHost: (host: string) => Surface | undefined;
  readonly recognise: (surface: Surface, method: string, path: string) => Recognition;
  readonly dialectOf: (id: DialectId) => Dialect;
  /** Why this app's calls are refused, and the rule to name; undefined when they are not. */
  readonly denial: (app: string | undefined) => { readonly rule: string; readonly message: string } | undefined;
}

export interface TriedRequest {
  readonly body: string;
  readonly host: string;
  readonly path: string;
  readonly app?: string | undefined;
}

/** Facts of a call whose body is not at hand. */
const nothingRead: RequestFacts = {
  model: undefined,
  stream: false,
  spans: [],
  tools: [],
  modelAt: undefined,
  maxOutputTokens: undefined,
  hasMedia: false,
  wantsJson: false,
  fields: [],
};

/** A body as a client would send it. */
export function tryRequest(rooms: TrialRooms, { body, host, path, app }: TriedRequest): PolicyTrial {
  const surface = rooms.matchHost(host);
  if (!surface) return notAi(host);
  const recognition = rooms.recognise(surface, 'POST', path);
  if (surface.handling === 'tunnel' || recognition.kind === 'native') return unread(rooms, { app, host, surface, dialect: 'native', facts: undefined });
  const dialect = rooms.dialectOf(recognition.dialect);
  const isPlain = !isObject(body);
  const bytes = Buffer.from(isPlain ? JSON.stringify(messageIn(recognition.dialect, body)) : body);
  const read = dialect.readRequest(bytes, {
    method: 'POST',
    scheme: 'https',
    host,
    port: 443,
    path,
    headers: ['Content-Type', 'application/json'],
    httpVersion: '1.1',
  });
  if (!read.ok) return unreadable(rooms.policy, recognition.dialect, read.reason);
  const input: PolicyInput = { app, host, surface, dialect: recognition.dialect, facts: read.facts };
  const findings = findAll(read.facts.spans, () => '');
  const trial = judged(rooms, input, findings);
  const note = isPlain ? 'The text was put into a user message; such a call names no model.' : undefined;
  const { edits } = trial;
  return { ...trial.answer, ...(edits ? { sent: applyEdits(bytes, edits).toString('utf8') } : {}), ...(note === undefined ? {} : { note }) };
}

/** An exchange of the log: by what was found then, for the text itself is masked in memory or gone. */
export function tryRecord(rooms: TrialRooms, record: AuditRecord, content: ContentAnswer): PolicyTrial {
  const surface = rooms.matchHost(record.host);
  if (!surface) return notAi(record.host);
  const dialect = record.dialect ?? 'native';
  const base = { app: record.peer?.app, host: record.host, surface, dialect };
  if (dialect === 'native') return unread(rooms, { ...base, facts: undefined });
  const facts: RequestFacts = { ...nothingRead, model: record.model, stream: record.stream ?? false };
  const isKept = content.kind === 'kept' && content.content.omitted === 0;
  const findings = isKept ? keptFindings(content.content) : recordedFindings(record.findings ?? []);
  const note = isKept
    ? 'Read from the text in memory as it was examined then: detectors are not run again on masked values.'
    : 'The text of this call is not at hand: what was found is taken from its audit row.';
  return { ...judged(rooms, { ...base, facts }, findings).answer, note };
}

function judged(
  rooms: TrialRooms,
  input: PolicyInput,
  findings: readonly Finding[],
): { answer: PolicyTrial; edits: Extract<Decision, { action: 'redact' }>['edits'] | undefined } {
  const denial = rooms.denial(input.app);
  if (denial) return { answer: denied(rooms, input, findings, denial), edits: undefined };
  const decision = compileDecision(rooms.policy)(input, findings);
  const trace = traceRules(rooms.policy, input, findings);
  const why = trace.find(({ rule }) => rule === decision.rule)?.why;
  const answer: PolicyTrial = {
    recognised: input.dialect,
    decision: decision.action,
    rule: decision.rule,
    why: why === undefined ? 'No rule held, and a call without a rule is allowed.' : `The rule "${decision.rule ?? ''}" decided. ${why}`,
    findings: counted(findings),
    trace,
  };
  return { answer, edits: decision.action === 'redact' ? decision.edits : undefined };
}

function denied(rooms: TrialRooms, input: PolicyInput, findings: readonly Finding[], denial: { rule: string; message: string }): PolicyTrial {
  const trace = rooms.policy.rules.map(({ id, action }) => ({
    rule: id,
    action,
    verdict: 'not-reached' as const,
    why: 'The app is denied, which stands before all rules.',
  }));
  return { recognised: input.dialect, decision: 'block', rule: denial.rule, why: denial.message, findings: counted(findings), trace };
}

/** Nobody reads what is said there: only rules on app, host, provider, product and dialect can hold, and only to block. */
function unread(rooms: TrialRooms, input: PolicyInput): PolicyTrial {
  const { answer } = judged(rooms, input, []);
  const decision = compileDecision(rooms.policy)(input, []);
  const asks = decision.action === 'ask' ? decision.ask.otherwise : undefined;
  const isBlocked = answer.decision === 'block' || asks === 'block';
  const passes = input.surface.handling === 'tunnel' ? ('tunnel' as const) : ('allow' as const);
  const note =
    asks === undefined || answer.decision === 'block'
      ? undefined
      : `Traffic that is not read cannot wait for an answer: the rule acts as its "otherwise", ${asks}.`;
  return { ...answer, decision: isBlocked ? 'block' : passes, ...(note === undefined ? {} : { note }) };
}

function notAi(host: string): PolicyTrial {
  const why = `The catalog knows no AI service at ${host}: the connection is passed on untouched, and no rule reads it.`;
  return { recognised: 'not-ai', decision: 'tunnel', rule: undefined, why, findings: [], trace: [] };
}

function unreadable(policy: Policy, dialect: DialectId, reason: string): PolicyTrial {
  const isOpen = policy.failures.onUnreadable === 'open';
  const why = `The body cannot be read as this kind of call (${reason}); "failures.onUnreadable" says to ${isOpen ? 'let such calls pass' : 'stop such calls'}.`;
  return { recognised: dialect, decision: isOpen ? 'allow' : 'block', rule: undefined, why, findings: [], trace: [] };
}

function keptFindings({ spans }: Extract<ContentAnswer, { kind: 'kept' }>['content']): Finding[] {
  return spans.flatMap(({ role, pieces }) =>
    pieces.flatMap(({ detector }) => (detector === undefined ? [] : [{ detector, role, start: 0, end: 0, fingerprint: '' }])),
  );
}

function recordedFindings(recorded: readonly RecordedFinding[]): Finding[] {
  return recorded.flatMap(({ detector, count }) =>
    Array.from({ length: count }, (): Finding => ({ detector, role: 'user', start: 0, end: 0, fingerprint: '' })),
  );
}

function counted(findings: readonly Finding[]): PolicyTrial['findings'] {
  const counts = new Map<string, number>();
  for (const { detector } of findings) counts.set(detector, (counts.get(detector) ?? 0) + 1);
  return [...counts].map(([detector, count]) => ({ detector, count }));
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    // Plain text.
    return false;
  }
}

function messageIn(dialect: DialectId, text: string): object {
  if (dialect === 'gemini') return { contents: [{ role: 'user', parts: [{ text }] }] };
  if (dialect === 'openai-responses' || dialect === 'openai-embeddings') return { input: text };
  return { messages: [{ role: 'user', content: text }] };
}

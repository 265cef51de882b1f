// The walk of one request: recognise, read, evaluate, forward, record. The only file that knows the order, and the only one that joins the rooms.
import { costOf } from '../catalog/prices.ts';
import { recognise } from '../catalog/recognise.ts';
import type { AuditRecord } from '../contract/audit.ts';
import type { Dialect, Refusal } from '../contract/dialect.ts';
import { AgentError, codeOf, messageOf } from '../contract/errors.ts';
import type { Decision, Edit, Outcome, Surface } from '../contract/exchange.ts';
import type { CompiledPolicy, FailEvent, FailMode } from '../contract/policy.ts';
import type { Target } from '../contract/target.ts';
import { dialectOf } from '../dialects/registry.ts';
import type { ContentKeeper } from '../policy/kept-content.ts';
import { applyEdits } from '../policy/redact.ts';
import { originTarget } from '../routing/router.ts';
import type { Router } from '../routing/router.ts';
import type { PipelineClock } from '../telemetry/pipeline-times.ts';
import { tryTarget } from './attempt.ts';
import type { AttemptServices } from './attempt.ts';
import { decodeBody, encodeBody } from './content-coding.ts';
import { ExchangeRecord } from './exchange-record.ts';
import type { Downstream } from './flow.ts';
import { isForeignPage } from './foreign-page.ts';
import { headerValue } from './headers.ts';
import { Intake } from './intake.ts';
import type { OutgoingBody } from './outgoing.ts';
import { blockedByPolicy, gatewayDown, gatewayRejected, internalFault, policyFailed, sendRefusal, unreadable, upstreamFailed } from './refusal.ts';
import type { Questions } from './questions.ts';
import type { RelayResult } from './relay.ts';
import { judgeUnread } from './unread-policy.ts';
import { within } from './within.ts';

export interface ExchangeServices extends AttemptServices {
  /** The policy in force now; an exchange keeps the one it began with. */
  readonly policy: () => CompiledPolicy;
  readonly router: Router;
  readonly audit: (record: AuditRecord) => void;
  readonly pipeline: PipelineClock;
  readonly questions: Pick<Questions, 'ask'>;
  /** Keeps what was said, where policy lets it be kept. Does its work later. */
  readonly content: Pick<ContentKeeper, 'take'>;
  readonly bodyLimit: number;
  readonly ownerBudgetMs: number;
  /** Something worth a warning or the end of one. */
  readonly notice: (event: ExchangeNotice) => void;
}

export type ExchangeNotice =
  | { readonly kind: 'gateway-answered' }
  | { readonly kind: 'gateway-down'; readonly mode: FailMode; readonly detail: string }
  | { readonly kind: 'gateway-rejected'; readonly detail: string }
  | { readonly kind: 'policy-error'; readonly detail: string }
  | { readonly kind: 'fault'; readonly error: unknown };

/** A target answered, if only with a refusal or half an answer. */
type Answered = Exclude<RelayResult, { kind: 'no-answer' }>;

interface Walk {
  readonly down: Downstream;
  readonly surface: Surface;
  readonly services: ExchangeServices;
  readonly record: ExchangeRecord;
  readonly policy: CompiledPolicy;
}

/** Runs one exchange to its end and audits it exactly once. Never rejects. `surface` is undefined for plain-HTTP hosts outside the catalog. */
export async function runExchange(down: Downstream, surface: Surface | undefined, services: ExchangeServices): Promise<void> {
  const record = new ExchangeRecord();
  try {
    if (surface) await walk({ down, surface, services, record, policy: services.policy() });
    else await runNative(down, services, record, 'tunnelled');
  } catch (error) {
    services.notice({ kind: 'fault', error });
    record.refused({ ...internalFault(), message: messageOf(error) }, 'failed-closed');
    // What has begun cannot be taken back; it must not look whole.
    if (down.hasBegun) down.abort();
    else sendRefusal(down, undefined, internalFault());
  }
  enter(record, down, surface, services);
}

function enter(record: ExchangeRecord, down: Downstream, surface: Surface | undefined, services: ExchangeServices): void {
  const before = performance.now();
  try {
    services.audit(record.finish(down, surface));
  } catch (error) {
    services.notice({ kind: 'fault', error });
  }
  record.spans.record = (performance.now() - before) * 1e6;
  if (record.facts) services.pipeline.add(record.spans);
  if (record.facts && record.decision) services.content.take(record.id, record.facts, record.decision);
}

async function walk(context: Walk): Promise<void> {
  const { down, surface, services, record } = context;
  const before = performance.now();
  const recognition = recognise(surface, down.head.method, down.head.path);
  record.spans.recognise = (performance.now() - before) * 1e6;
  record.policyRevision = context.policy.revision;
  if (recognition.kind === 'native' || down.wantsUpgrade) {
    if (await passesUnread(context, undefined)) await runNative(down, services, record, 'native');
    return;
  }
  record.dialect = recognition.dialect;
  await runInference(context, dialectOf(recognition.dialect));
}

/** What is not read, or cannot be, may still be stopped by a rule on its app or host. */
async function passesUnread(context: Walk, dialect: Dialect | undefined): Promise<boolean> {
  const { down, surface, services, record, policy } = context;
  const verdict = await judgeUnread({
    policy,
    surface,
    host: down.head.host,
    dialect: record.dialect,
    origin: down.origin,
    ownerBudgetMs: services.ownerBudgetMs,
  });
  if (verdict.kind === 'pass') return true;
  if (verdict.kind === 'policy-error') services.notice({ kind: 'policy-error', detail: messageOf(verdict.error) });
  else record.decision = { action: 'block', rule: verdict.rule, message: verdict.message, findings: [] };
  const refusal = verdict.kind === 'block' ? blockedByPolicy(verdict.rule, verdict.message) : policyFailed();
  record.refused(refusal, verdict.kind === 'block' ? 'refused' : 'failed-closed');
  sendRefusal(down, dialect, refusal);
  return false;
}

/** Forwarded to the host it was meant for, as it is; the body is never read. */
async function runNative(down: Downstream, services: ExchangeServices, record: ExchangeRecord, outcome: Outcome): Promise<void> {
  record.outcome = outcome;
  const result = await tryTarget({
    down,
    services,
    record,
    dialect: undefined,
    target: originTarget,
    body: { kind: 'streamed', source: down.body },
  });
  if (result.kind === 'no-answer') {
    const refusal = upstreamFailed(down.head.host, result.error);
    record.refused(refusal, 'failed-closed');
    sendRefusal(down, undefined, refusal);
  } else settle(record, result, originTarget);
}

async function runInference(context: Walk, dialect: Dialect): Promise<void> {
  const { down, record, services } = context;
  await within(down.origin.peerSearch, services.ownerBudgetMs);
  if (down.expectsContinue) down.inform(100, 'Continue', []);
  const intake = new Intake(down.body, services.bodyLimit);
  const taken = await intake.read(down);
  if (taken.kind === 'aborted') {
    record.outcome = 'client-aborted';
    return;
  }
  if (taken.kind === 'too-large') {
    const reason = `the body is larger than ${services.bodyLimit} bytes.`;
    await onUnreadable(context, dialect, unreadable('body-too-large', reason), { kind: 'streamed', source: intake });
    return;
  }
  const verdict = judge(context, dialect, taken.body);
  const judged = verdict.kind === 'ask' ? await ask(context, verdict) : verdict;
  const { trailers } = intake;
  if (judged.kind === 'gone') record.outcome = 'client-aborted';
  else if (judged.kind === 'refuse') refuse(context, dialect, judged.refusal, judged.outcome);
  else if (judged.kind === 'unreadable') await onUnreadable(context, dialect, judged.refusal, { kind: 'whole', bytes: taken.body, trailers });
  else await forwardByRoute(context, dialect, { kind: 'whole', bytes: judged.bytes, trailers }, judged.outcome);
}

interface Asked {
  readonly kind: 'ask';
  readonly decision: Extract<Decision, { action: 'ask' }>;
  /** The call as it goes out when it is allowed. */
  readonly allowed: () => Judgement;
}

type Judgement =
  | { readonly kind: 'send'; readonly bytes: Buffer; readonly outcome: Outcome }
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly outcome: Outcome }
  | { readonly kind: 'unreadable'; readonly refusal: Refusal };

/** Reads the body and lets policy decide: synchronous, no I/O, timed. */
function judge(context: Walk, dialect: Dialect, raw: Buffer): Judgement | Asked {
  const { down, record, policy } = context;
  const contentEncoding = headerValue(down.head.headers, 'content-encoding');
  const start = performance.now();
  let body: Buffer;
  try {
    body = decodeBody(raw, contentEncoding, context.services.bodyLimit);
  } catch (error) {
    return { kind: 'unreadable', refusal: unreadable(codeOf(error), messageOf(error)) };
  }
  const read = dialect.readRequest(body, down.head);
  const afterRead = performance.now();
  record.spans.read = (afterRead - start) * 1e6;
  if (!read.ok) return { kind: 'unreadable', refusal: unreadable('body-unreadable', read.reason) };
  record.facts = read.facts;
  try {
    record.decision = policy.evaluate({ app: down.origin.peer?.app, host: down.head.host, surface: context.surface, dialect: dialect.id, facts: read.facts });
  } catch (error) {
    return onPolicyError(context, raw, error);
  }
  const decision = record.decision;
  record.spans.evaluate = (performance.now() - afterRead) * 1e6;
  if (decision.action === 'block') return { kind: 'refuse', refusal: blockedByPolicy(decision.rule, decision.message), outcome: 'refused' };
  const send = (edits: readonly Edit[]): Judgement =>
    edits.length === 0 && decision.action !== 'redact'
      ? { kind: 'send', bytes: raw, outcome: 'forwarded' }
      : { kind: 'send', bytes: encodeBody(applyEdits(body, edits), contentEncoding), outcome: 'redacted' };
  if (decision.action === 'ask') return { kind: 'ask', decision, allowed: () => send(decision.edits) };
  return send(decision.action === 'redact' ? decision.edits : []);
}

/** Leaves the call to the person at the screen. */
async function ask({ down, record, services }: Walk, { decision, allowed }: Asked): Promise<Judgement | { readonly kind: 'gone' }> {
  record.asked = await services.questions.ask(record.id, down, decision, record.facts?.model);
  if (record.asked === undefined || down.isGone) return { kind: 'gone' };
  if (record.asked.answer === 'allow') return allowed();
  return { kind: 'refuse', refusal: blockedByPolicy(decision.rule, decision.message), outcome: 'refused' };
}

function onPolicyError(context: Walk, raw: Buffer, error: unknown): Judgement {
  context.services.notice({ kind: 'policy-error', detail: messageOf(error) });
  context.record.error = { code: 'policy-failed', message: messageOf(error) };
  if (failMode(context, 'onPolicyError') === 'open') return { kind: 'send', bytes: raw, outcome: 'failed-open' };
  return { kind: 'refuse', refusal: policyFailed(), outcome: 'failed-closed' };
}

async function onUnreadable(context: Walk, dialect: Dialect, refusal: Refusal, body: OutgoingBody): Promise<void> {
  if (failMode(context, 'onUnreadable') === 'closed') {
    refuse(context, dialect, refusal, 'failed-closed');
    return;
  }
  if (!(await passesUnread(context, dialect))) return;
  context.record.error = { code: refusal.code, message: refusal.message };
  await forwardByRoute(context, dialect, body, 'failed-open');
}

/** Tries the planned targets in order, then what policy says for the case that none answered. */
async function forwardByRoute(context: Walk, dialect: Dialect, body: OutgoingBody, outcome: Outcome): Promise<void> {
  const { down, services, record } = context;
  const before = performance.now();
  const { targets, isPastGateway } = planFor(context);
  record.spans.plan = (performance.now() - before) * 1e6;
  let failure: AgentError | undefined;
  for (const target of targets) {
    // A target that stands behind a gateway in the settings is a way around it: allowed there, but never in silence.
    const isPast = isPastGateway(target);
    const result = await tryTarget({ down, services, record, dialect, target, body });
    if (result.kind !== 'no-answer') {
      if (isPast) services.notice({ kind: 'gateway-down', mode: 'open', detail: failure?.message ?? restingDetail });
      finishWith(context, dialect, target, result, isPast ? 'failed-open' : outcome);
      return;
    }
    failure = result.error;
    if (target.kind !== 'gateway') {
      refuse(context, dialect, upstreamFailed(down.head.host, failure), 'failed-closed');
      return;
    }
    services.router.failed(target.id, failure.message);
    // Past this point the body has gone, or the gateway may still be working on it: a further try could bill the call twice.
    if (body.kind === 'streamed' || failure.code === 'upstream-timeout') break;
  }
  await onGatewayDown(context, dialect, body, failure ?? new AgentError('gateway-unreachable', restingDetail));
}

const restingDetail = 'it did not answer a moment ago and is being rested';

interface Plan {
  readonly targets: readonly Target[];
  readonly isPastGateway: (target: Target) => boolean;
}

function planFor({ down, services, surface }: Walk): Plan {
  const { router } = services;
  const targets = router.plan(surface);
  // Pages of other sites get no virtual key: their calls go where the page meant them, with whatever credential the page has.
  const isOnOwnAccount = surface.forward === 'origin' || (router.targets.some(({ kind }) => kind === 'gateway') && isForeignPage(down.head));
  return isOnOwnAccount ? { targets: [originTarget], isPastGateway: () => false } : { targets, isPastGateway: (target) => router.isPastGateway(target) };
}

async function onGatewayDown(context: Walk, dialect: Dialect, body: OutgoingBody, failure: AgentError): Promise<void> {
  const { down, services, record } = context;
  const mode = failMode(context, 'onGatewayDown');
  services.notice({ kind: 'gateway-down', mode, detail: failure.message });
  record.error = { code: 'gateway-unreachable', message: failure.message };
  // The gateway may still be working on a call that timed out, and a streamed body has gone: neither is sent a second time.
  const isSpent = failure.code === 'upstream-timeout' || (body.kind === 'streamed' && record.attempts.length > 0);
  if (mode === 'closed' || isSpent) {
    refuse(context, dialect, gatewayDown(failure.message), 'failed-closed');
    return;
  }
  const result = await tryTarget({ down, services, record, dialect, target: originTarget, body });
  if (result.kind === 'no-answer') refuse(context, dialect, upstreamFailed(down.head.host, result.error), 'failed-closed');
  else finishWith(context, dialect, originTarget, result, 'failed-open');
}

function finishWith(context: Walk, dialect: Dialect, target: Target, result: Answered, outcome: Outcome): void {
  const { services, record, surface } = context;
  services.router.succeeded(target.id, record.attempts.at(-1)?.milliseconds);
  if (result.kind === 'rejected') {
    record.target = target;
    services.notice({ kind: 'gateway-rejected', detail: result.rejection.type });
    refuse(context, dialect, gatewayRejected(result, target.kind === 'gateway' ? target.virtualKey : undefined), 'refused');
    return;
  }
  if (target.kind === 'gateway') services.notice({ kind: 'gateway-answered' });
  record.outcome = outcome;
  settle(record, result, target);
  record.costUsd = costOf(surface.provider, record.facts?.model ?? record.answer?.model, record.answer?.usage);
}

/** Enters the end of an exchange that a target answered. */
function settle(record: ExchangeRecord, result: Answered, target: Target): void {
  record.target = target;
  record.status = result.kind === 'switched' ? 101 : result.status;
  if (result.kind === 'switched') record.switched = { sent: result.sent, received: result.received };
  else if (result.kind !== 'rejected') record.answer = result.facts;
  if (result.kind === 'client-aborted') record.outcome = 'client-aborted';
  if (result.kind === 'broken') record.error = { code: result.error.code, message: result.error.message };
}

function refuse(context: Walk, dialect: Dialect, refusal: Refusal, outcome: Outcome): void {
  context.record.refused(refusal, outcome);
  sendRefusal(context.down, dialect, refusal);
}

function failMode(context: Walk, event: FailEvent): FailMode {
  return context.policy.failMode(event, context.surface, context.down.head.host);
}

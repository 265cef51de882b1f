// The walk of one request: recognise, read, evaluate, forward, record. The only file that knows the order, and the only one that joins the rooms.
import { costOf } from '../catalog/prices.ts';
import { recognise } from '../catalog/recognise.ts';
import type { AuditRecord } from '../contract/audit.ts';
import type { Dialect, Refusal } from '../contract/dialect.ts';
import { AgentError, codeOf, messageOf } from '../contract/errors.ts';
import type { Outcome, Surface } from '../contract/exchange.ts';
import type { CompiledPolicy, FailEvent, FailMode } from '../contract/policy.ts';
import type { Target } from '../contract/target.ts';
import { dialectOf } from '../dialects/registry.ts';
import { applyEdits } from '../policy/redact.ts';
import { originTarget } from '../routing/router.ts';
import type { Router } from '../routing/router.ts';
import type { PipelineClock } from '../telemetry/pipeline-times.ts';
import { decodeBody, encodeBody } from './content-coding.ts';
import { ExchangeRecord } from './exchange-record.ts';
import type { AnswerHead, Downstream } from './flow.ts';
import { forward } from './forward.ts';
import { headerValue } from './headers.ts';
import { Intake } from './intake.ts';
import type { OutgoingBody } from './outgoing.ts';
import { blockedByPolicy, gatewayDown, gatewayRejected, internalFault, policyFailed, sendRefusal, unreadable, upstreamFailed } from './refusal.ts';
import type { RelayResult } from './relay.ts';
import { Tap } from './tap.ts';
import type { UpstreamPool } from './upstream/pool.ts';

export interface ExchangeServices {
  /** The policy in force now; an exchange keeps the one it began with. */
  readonly policy: () => CompiledPolicy;
  readonly router: Router;
  readonly pool: UpstreamPool;
  readonly audit: (record: AuditRecord) => void;
  readonly pipeline: PipelineClock;
  readonly bodyLimit: number;
  readonly ownerBudgetMs: number;
  readonly answerTimeoutMs: number;
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
    sendRefusal(down, undefined, internalFault());
  } finally {
    const before = performance.now();
    services.audit(record.finish(down, surface));
    record.spans.record = (performance.now() - before) * 1e6;
    if (record.facts) services.pipeline.add(record.spans);
  }
}

async function walk(context: Walk): Promise<void> {
  const { down, surface, services, record } = context;
  const before = performance.now();
  const recognition = recognise(surface, down.head.method, down.head.path);
  record.spans.recognise = (performance.now() - before) * 1e6;
  if (recognition.kind === 'native' || down.wantsUpgrade) {
    await runNative(down, services, record, 'native');
    return;
  }
  record.dialect = recognition.dialect;
  record.policyRevision = context.policy.revision;
  await runInference(context, dialectOf(recognition.dialect));
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
    headSeen: () => undefined,
  });
  if (result.kind === 'no-answer') {
    const refusal = upstreamFailed(down.head.host, result.error);
    record.refused(refusal, 'failed-closed');
    sendRefusal(down, undefined, refusal);
  } else settle(record, result, originTarget);
}

async function runInference(context: Walk, dialect: Dialect): Promise<void> {
  const { down, record, services } = context;
  if (down.origin.peerSearch) await within(down.origin.peerSearch, services.ownerBudgetMs);
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
  const judged = judge(context, dialect, taken.body);
  if (judged.kind === 'refuse') refuse(context, dialect, judged.refusal, judged.outcome);
  else if (judged.kind === 'unreadable') await onUnreadable(context, dialect, judged.refusal, { kind: 'whole', bytes: taken.body });
  else await forwardByRoute(context, dialect, { kind: 'whole', bytes: judged.bytes }, judged.outcome);
}

type Judgement =
  | { readonly kind: 'send'; readonly bytes: Buffer; readonly outcome: Outcome }
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly outcome: Outcome }
  | { readonly kind: 'unreadable'; readonly refusal: Refusal };

/** Reads the body and lets policy decide: synchronous, no I/O, timed. */
function judge(context: Walk, dialect: Dialect, raw: Buffer): Judgement {
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
  if (decision.action === 'allow') return { kind: 'send', bytes: raw, outcome: 'forwarded' };
  return { kind: 'send', bytes: encodeBody(applyEdits(body, decision.edits), contentEncoding), outcome: 'redacted' };
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
  context.record.error = { code: refusal.code, message: refusal.message };
  await forwardByRoute(context, dialect, body, 'failed-open');
}

/** Tries the planned targets in order, then what policy says for the case that none answered. */
async function forwardByRoute(context: Walk, dialect: Dialect, body: OutgoingBody, outcome: Outcome): Promise<void> {
  const { down, services, record, surface } = context;
  const before = performance.now();
  const targets = services.router.plan(surface);
  record.spans.plan = (performance.now() - before) * 1e6;
  let failure: AgentError | undefined;
  for (const target of targets) {
    const result = await tryTarget({ down, services, record, dialect, target, body, headSeen: () => (record.outcome = outcome) });
    if (result.kind !== 'no-answer') {
      finishWith(context, dialect, target, result, outcome);
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
  await onGatewayDown(context, dialect, body, failure ?? new AgentError('gateway-unreachable', 'it did not answer a moment ago and is being rested'));
}

async function onGatewayDown(context: Walk, dialect: Dialect, body: OutgoingBody, failure: AgentError): Promise<void> {
  const { down, services, record } = context;
  const mode = failMode(context, 'onGatewayDown');
  services.notice({ kind: 'gateway-down', mode, detail: failure.message });
  record.error = { code: 'gateway-unreachable', message: failure.message };
  if (mode === 'closed' || (body.kind === 'streamed' && record.attempts.length > 0)) {
    refuse(context, dialect, gatewayDown(failure.message), 'failed-closed');
    return;
  }
  const result = await tryTarget({ down, services, record, dialect, target: originTarget, body, headSeen: () => undefined });
  if (result.kind === 'no-answer') refuse(context, dialect, upstreamFailed(down.head.host, result.error), 'failed-closed');
  else finishWith(context, dialect, originTarget, result, 'failed-open');
}

interface Try {
  readonly down: Downstream;
  readonly services: ExchangeServices;
  readonly record: ExchangeRecord;
  readonly dialect: Dialect | undefined;
  readonly target: Target;
  readonly body: OutgoingBody;
  readonly headSeen: () => void;
}

/** One attempt, noted in the record whatever became of it. */
async function tryTarget(options: Try): Promise<RelayResult> {
  const { down, services, record, dialect, target } = options;
  const start = performance.now();
  let headAt: number | undefined;
  const note = (status: number | undefined, error: string | undefined): void => {
    const milliseconds = Math.round(((headAt ?? performance.now()) - start) * 1000) / 1000;
    record.attempts.push({ target: target.id, kind: target.kind, status, error, milliseconds });
  };
  const result = await forward({
    down,
    target,
    dialect: dialect?.id,
    body: options.body,
    app: down.origin.peer?.app,
    pool: services.pool,
    openTap: dialect && ((head) => openTap(dialect, head, record)),
    holdsRejections: target.kind === 'gateway',
    // For inference calls we have answered the expectation ourselves.
    dropsContinue: dialect !== undefined,
    errorTail: dialect && ((head, error) => errorTail(dialect, head, down.head.host, error)),
    answerTimeoutMs: services.answerTimeoutMs,
    onHead: () => {
      headAt = performance.now();
      options.headSeen();
    },
    onStale: (error) => note(undefined, error.code),
  });
  note(...outcomeOf(result));
  return result;
}

function outcomeOf(result: RelayResult): [status: number | undefined, error: string | undefined] {
  switch (result.kind) {
    case 'relayed':
      return [result.status, undefined];
    case 'rejected':
      return [result.status, 'gateway-rejected'];
    case 'broken':
      return [result.status, result.error.code];
    case 'client-aborted':
      return [result.status, 'client-aborted'];
    case 'no-answer':
      return [undefined, result.error.code];
    case 'switched':
      return [101, undefined];
  }
}

function openTap(dialect: Dialect, head: AnswerHead, record: ExchangeRecord): Tap {
  const reader = dialect.readResponse(headerValue(head.headers, 'content-type'), head.status);
  return new Tap(reader, headerValue(head.headers, 'content-encoding'), () => (record.firstTokenMs = Math.round(record.elapsed() * 1000) / 1000));
}

/** Only a stream that is neither compressed nor of announced length can still be given an event of ours. */
function errorTail(dialect: Dialect, head: AnswerHead, host: string, error: AgentError): Buffer | undefined {
  const contentType = headerValue(head.headers, 'content-type');
  const isOpen = headerValue(head.headers, 'content-length') === undefined && headerValue(head.headers, 'content-encoding') === undefined;
  return isOpen && contentType?.includes('text/event-stream') ? dialect.refuseMidStream(upstreamFailed(host, error), contentType) : undefined;
}

function finishWith(context: Walk, dialect: Dialect, target: Target, result: Answered, outcome: Outcome): void {
  const { services, record, surface } = context;
  services.router.succeeded(target.id);
  if (result.kind === 'rejected') {
    record.target = target;
    services.notice({ kind: 'gateway-rejected', detail: result.rejection.type });
    refuse(context, dialect, gatewayRejected(result), 'refused');
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

/** Waits for a promise, but not longer than the budget. */
async function within(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))]);
  clearTimeout(timer);
}

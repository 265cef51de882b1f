// The walk of one request: recognise, read, evaluate, forward, record. The only file that knows the order, and the only one that joins the rooms.
import { recognise } from '../catalog/recognise.ts';
import type { Dialect, Refusal } from '../contract/dialect.ts';
import { codeOf, messageOf } from '../contract/errors.ts';
import type { Decision, DialectId, Edit, Outcome, RawHeaders, RequestFacts, Surface } from '../contract/exchange.ts';
import type { FailEvent, FailMode } from '../contract/policy.ts';
import { dialectOf } from '../dialects/registry.ts';
import { originTarget } from '../routing/origin-plan.ts';
import { tryTarget } from './attempt.ts';
import { CallBody } from './call-body.ts';
import { decodeBody } from './content-coding.ts';
import { ExchangeRecord } from './exchange-record.ts';
import type { Downstream } from './flow.ts';
import { headerValue } from './headers.ts';
import { Intake } from './intake.ts';
import type { OutgoingBody } from './outgoing.ts';
import { blockedByPolicy, internalFault, policyFailed, sendRefusal, unreadable, upstreamFailed } from './refusal.ts';
import { enter, routeCall } from './route-call.ts';
import { judgeUnread } from './unread-policy.ts';
import type { DoorCall, ExchangeServices, Walk } from './walk.ts';
import { within } from './within.ts';

/** Runs one exchange to its end and audits it exactly once. Never rejects. `surface` is undefined for plain-HTTP hosts outside the catalog. */
export async function runExchange(down: Downstream, surface: Surface | undefined, services: ExchangeServices, door?: DoorCall): Promise<void> {
  const record = new ExchangeRecord();
  try {
    if (surface) await walk({ down, surface, services, record, policy: services.policy(), key: door?.key ?? services.keyOf(down.head), door });
    else await runNative(down, services, record, 'tunnelled');
  } catch (error) {
    services.notice({ kind: 'fault', error });
    record.refused({ ...internalFault(), message: messageOf(error) }, 'failed-closed');
    // What has begun cannot be taken back; it must not look whole.
    if (down.hasBegun) down.abort();
    else sendRefusal(down, undefined, internalFault());
  }
  audit(record, down, surface, services);
}

/** Answers a call that was not let in to the unified API, and enters it: who knocks with a wrong key should be seen. */
export function refuseAtDoor(
  down: Downstream,
  { dialect, refusal }: { readonly dialect: DialectId; readonly refusal: Refusal },
  services: ExchangeServices,
): void {
  const record = new ExchangeRecord();
  record.dialect = dialect;
  record.refused(refusal, 'refused');
  sendRefusal(down, dialectOf(dialect), refusal);
  audit(record, down, doorSurface, services);
}

const doorSurface: Surface = { provider: 'unified', product: 'Unified API', pattern: '/', kind: 'api', handling: 'intercept', forward: 'route' };

function audit(record: ExchangeRecord, down: Downstream, surface: Surface | undefined, services: ExchangeServices): void {
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
  const { down, surface, services, record, door } = context;
  const before = performance.now();
  const recognition = door ? ({ kind: 'dialect', dialect: door.dialect } as const) : recognise(surface, down.head.method, down.head.path);
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
  const { result } = await tryTarget({
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
  } else enter(record, result, originTarget);
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
  const verdict = judge(context, dialect, taken.body, intake.trailers);
  const judged = verdict.kind === 'ask' ? await ask(context, verdict) : verdict;
  const { trailers } = intake;
  if (judged.kind === 'gone') record.outcome = 'client-aborted';
  else if (judged.kind === 'refuse') refuse(context, dialect, judged.refusal, judged.outcome);
  else if (judged.kind === 'unreadable') await onUnreadable(context, dialect, judged.refusal, { kind: 'whole', bytes: taken.body, trailers });
  else await routeCall(context, dialect, judged.body ?? { kind: 'whole', bytes: taken.body, trailers }, judged.outcome);
}

interface Asked {
  readonly kind: 'ask';
  readonly decision: Extract<Decision, { action: 'ask' }>;
  /** The call as it goes out when it is allowed. */
  readonly allowed: () => Judgement;
}

type Judgement =
  /** Without a body it goes out as it came. */
  | { readonly kind: 'send'; readonly body: CallBody | undefined; readonly outcome: Outcome }
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly outcome: Outcome }
  | { readonly kind: 'unreadable'; readonly refusal: Refusal };

/** Reads the body and lets policy decide: synchronous, no I/O, timed. */
function judge(context: Walk, dialect: Dialect, raw: Buffer, trailers: RawHeaders): Judgement | Asked {
  const { down, record, policy } = context;
  const contentEncoding = headerValue(down.head.headers, 'content-encoding');
  const start = performance.now();
  let body: Buffer;
  try {
    body = decodeBody(raw, contentEncoding, context.services.bodyLimit);
  } catch (error) {
    return { kind: 'unreadable', refusal: unreadable(codeOf(error), messageOf(error)) };
  }
  const read = dialect.readRequest(body, context.door ? { ...down.head, path: context.door.path } : down.head);
  const afterRead = performance.now();
  record.spans.read = (afterRead - start) * 1e6;
  if (!read.ok) return { kind: 'unreadable', refusal: unreadable('body-unreadable', read.reason) };
  record.facts = read.facts;
  const meant = meaning(context, read.facts);
  record.provider = meant.surface.provider;
  try {
    record.decision = policy.evaluate({ app: down.origin.peer?.app, host: down.head.host, dialect: dialect.id, ...meant });
  } catch (error) {
    return onPolicyError(context, error);
  }
  const decision = record.decision;
  record.spans.evaluate = (performance.now() - afterRead) * 1e6;
  if (decision.action === 'block') return { kind: 'refuse', refusal: blockedByPolicy(decision.rule, decision.message), outcome: 'refused' };
  const { facts } = read;
  const send = (edits: readonly Edit[]): Judgement => ({
    kind: 'send',
    body: new CallBody({ raw, decoded: body, contentEncoding, edits, trailers, facts }),
    outcome: edits.length === 0 && decision.action !== 'redact' ? 'forwarded' : 'redacted',
  });
  if (decision.action === 'ask') return { kind: 'ask', decision, allowed: () => send(decision.edits) };
  return send(decision.action === 'redact' ? decision.edits : []);
}

/** What policy judges: on the unified API the model that a name stands for, and its provider; no alias is a way around a rule. */
function meaning({ door, surface, services }: Walk, facts: RequestFacts): { surface: Surface; facts: RequestFacts } {
  if (door === undefined || facts.model === undefined) return { surface, facts };
  const { provider, model } = services.router.resolveModel(facts.model);
  return { surface: { ...surface, provider: provider ?? surface.provider }, facts: { ...facts, model } };
}

/** Leaves the call to the person at the screen. */
async function ask({ down, record, services }: Walk, { decision, allowed }: Asked): Promise<Judgement | { readonly kind: 'gone' }> {
  record.asked = await services.questions.ask(record.id, down, decision, record.facts?.model);
  if (record.asked === undefined || down.isGone) return { kind: 'gone' };
  if (record.asked.answer === 'allow') return allowed();
  return { kind: 'refuse', refusal: blockedByPolicy(decision.rule, decision.message), outcome: 'refused' };
}

function onPolicyError(context: Walk, error: unknown): Judgement {
  context.services.notice({ kind: 'policy-error', detail: messageOf(error) });
  context.record.error = { code: 'policy-failed', message: messageOf(error) };
  if (failMode(context, 'onPolicyError') === 'open') return { kind: 'send', body: undefined, outcome: 'failed-open' };
  return { kind: 'refuse', refusal: policyFailed(), outcome: 'failed-closed' };
}

async function onUnreadable(context: Walk, dialect: Dialect, refusal: Refusal, body: OutgoingBody): Promise<void> {
  if (failMode(context, 'onUnreadable') === 'closed') {
    refuse(context, dialect, refusal, 'failed-closed');
    return;
  }
  if (!(await passesUnread(context, dialect))) return;
  context.record.error = { code: refusal.code, message: refusal.message };
  await routeCall(context, dialect, body, 'failed-open');
}

function refuse(context: Walk, dialect: Dialect, refusal: Refusal, outcome: Outcome): void {
  context.record.refused(refusal, outcome);
  sendRefusal(context.down, dialect, refusal);
}

function failMode(context: Walk, event: FailEvent): FailMode {
  return context.policy.failMode(event, context.surface, context.down.head.host);
}

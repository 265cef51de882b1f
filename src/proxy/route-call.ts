// Places one call by its route and finishes it: budgets before, targets in the plan's order, and what policy says where none has answered.
import type { Dialect, Refusal } from '../contract/dialect.ts';
import type { Reservation } from '../budgets/budgets.ts';
import { costOf } from '../catalog/prices.ts';
import { AgentError } from '../contract/errors.ts';
import type { Attempt, Outcome, Usage } from '../contract/exchange.ts';
import type { FailEvent, FailMode } from '../contract/policy.ts';
import type { Target } from '../contract/target.ts';
import { originPlan, originTarget } from '../routing/origin-plan.ts';
import type { Pick, RoutePlan } from '../routing/plan.ts';
import { factsOf, tryTarget } from './attempt.ts';
import type { CallBody } from './call-body.ts';
import { ExchangeCall } from './exchange-call.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { isForeignPage } from './foreign-page.ts';
import type { OutgoingBody } from './outgoing.ts';
import { place, useAfterAll } from './placing.ts';
import type { Ended, Placed } from './placing.ts';
import { gatewayDown, gatewayRejected, modelNotAllowed, overBudget, overloaded, resting, sendRefusal, unserved, upstreamFailed } from './refusal.ts';
import { retryAfterSeconds } from './held-answer.ts';
import type { RelayResult } from './relay.ts';
import type { RoutingServices, Walk } from './walk.ts';

/** The body that goes out: read, so that a model's name in it can be another; or as it comes. */
export type BodyToSend = CallBody | Extract<OutgoingBody, { kind: 'streamed' }> | Extract<OutgoingBody, { kind: 'whole' }>;

/** @param outcome what the exchange came to if a target answers */
export async function routeCall(context: Walk, dialect: Dialect, body: BodyToSend, outcome: Outcome): Promise<void> {
  const { down, services, record, surface, key } = context;
  const before = performance.now();
  const call = new ExchangeCall(context, dialect.id);
  record.virtualKey = call.virtualKey;
  if (key && !services.router.mayUse(key, call.provider, call.model)) {
    refuse(context, dialect, modelNotAllowed(key.id, call.model), 'refused');
    return;
  }
  call.budgetUsed = services.budgets.usedShare(call);
  const admission = services.budgets.admit(call);
  if (!admission.ok) {
    record.spans.plan = (performance.now() - before) * 1e6;
    refuse(context, dialect, overBudget(admission), 'refused');
    return;
  }
  // Pages of other sites get no virtual key: their calls go where the page meant them, with whatever credential the page has.
  const isOnOwnAccount =
    context.door === undefined &&
    (surface.forward === 'origin' || (services.router.targets.some(({ kind }) => kind === 'gateway' || kind === 'provider') && isForeignPage(down.head)));
  const plan = isOnOwnAccount ? originPlan() : services.router.plan(call);
  record.route = plan.route;
  record.spans.plan = (performance.now() - before) * 1e6;
  try {
    await placeAndFinish({ context, dialect, body, outcome, call, plan, hasOthers: !isOnOwnAccount && services.router.targets.length > 1 });
  } finally {
    plan.close();
    settle(admission.reservation, context, call);
  }
}

interface Placement {
  readonly context: Walk;
  readonly dialect: Dialect;
  readonly body: BodyToSend;
  readonly outcome: Outcome;
  readonly call: ExchangeCall;
  readonly plan: RoutePlan;
  readonly hasOthers: boolean;
}

async function placeAndFinish(placement: Placement): Promise<void> {
  const { context, dialect, body, call, plan, hasOthers } = placement;
  const { down, services, record } = context;
  const placed = await place({
    down,
    services,
    record,
    dialect,
    plan,
    path: context.door?.path,
    hasOthers,
    stream: call.stream,
    wantsJson: call.json,
    modelFor: (pick) => modelFor(pick, call),
    onRejected: ({ target }, { type }) => services.notice({ kind: 'gateway-rejected', target: target.id, type }),
    bodyFor: (pick) => ('kind' in body ? body : body.withModel(modelFor(pick, call))),
    providerFor: ({ target, key }) => (target.kind === 'provider' ? services.router.wireFor(target, key) : undefined),
  });
  if (placed.kind === 'gone') record.outcome = 'client-aborted';
  else if (placed.kind === 'answered') onAnswered(placement, placed);
  else if (placed.kind === 'failed') await onFailed(placement, placed);
  else await onUnplaced(placement, placed.none);
}

/** The model's name as this target wants it; undefined leaves the client's. */
function modelFor({ target, model }: Pick, call: ExchangeCall): string | undefined {
  if (model !== undefined || !call.isRenamed) return model;
  if (target.kind === 'provider' || (target.kind === 'gateway' && target.wire === 'portkey')) return call.model;
  return target.kind === 'gateway' ? call.alias : undefined;
}

function onAnswered({ context, outcome }: Placement, { pick, tried }: Ended): void {
  const { services, record } = context;
  const isPast = isUngoverned(context, pick.target);
  // A target that stands behind a gateway in the settings is a way around it: allowed there, but never in silence.
  if (isPast) services.notice({ kind: 'gateway-down', mode: 'open', detail: lastError(record) });
  else if (pick.target.kind === 'gateway') services.notice({ kind: 'gateway-answered', target: pick.target.id });
  record.outcome = isPast ? 'failed-open' : outcome;
  enter(record, tried.result, pick.target);
}

/** The origin answers with the client's own credential: no gateway, no key of ours. */
function isUngoverned({ services }: Walk, target: Target): boolean {
  return target.kind !== 'gateway' && target.kind !== 'provider' && services.router.isPastGateway(target);
}

const lastError = (record: ExchangeRecord): string => record.error?.message ?? 'the gateway did not answer, or is being rested after it had not';

async function onFailed(placement: Placement, failed: Ended & { readonly kind: 'failed' }): Promise<void> {
  const { context, dialect } = placement;
  const { down, record } = context;
  const { pick, tried, verdict } = failed;
  const { result } = tried;
  if (result.kind === 'held') {
    if (verdict.rejection) {
      record.target = pick.target;
      const rejected = { status: result.status, rejection: verdict.rejection, retryAfter: retryAfterSeconds(result.answer, Date.now()) };
      tried.entry.error = 'gateway-rejected';
      refuse(context, dialect, gatewayRejected(rejected, pick.target.kind === 'gateway' ? pick.target.virtualKey : undefined), 'refused');
      return;
    }
    useAfterAll(down, failed);
    onAnswered(placement, failed);
    return;
  }
  if (result.kind !== 'no-answer') return;
  if (pick.target.kind === 'gateway') await onGatewayDown(placement, result.error);
  else refuse(context, dialect, upstreamFailed(nameOf(context, pick.target), result.error), 'failed-closed');
}

const nameOf = ({ down }: Walk, target: Target): string => (target.kind === 'origin' ? down.head.host : target.id);

async function onUnplaced(placement: Placement, { reason, why, retryAfterSeconds: seconds }: Extract<Placed, { kind: 'unplaced' }>['none']): Promise<void> {
  const { context, dialect, call } = placement;
  if (reason === 'overloaded') refuse(context, dialect, overloaded(why, seconds), 'refused');
  else if (reason === 'unserved') refuse(context, dialect, unserved(call.model, why), 'refused');
  else await onGatewayDown(placement, new AgentError('gateway-unreachable', why), seconds);
}

const hasGateway = ({ services }: Walk): boolean => services.router.targets.some(({ kind }) => kind === 'gateway');

async function onGatewayDown({ context, dialect, body, plan }: Placement, failure: AgentError, retryAfter?: number): Promise<void> {
  const { down, services, record } = context;
  const mode = failMode(context, 'onGatewayDown');
  // Where providers are asked straight, nobody has a gateway that could be down.
  const isGateways = hasGateway(context);
  if (isGateways) services.notice({ kind: 'gateway-down', mode, detail: failure.message });
  record.error = { code: 'gateway-unreachable', message: failure.message };
  // The gateway may still be working on a call that timed out, and a streamed body has gone: neither is sent a second time.
  const isSpent = failure.code === 'upstream-timeout' || ('kind' in body && body.kind === 'streamed' && record.attempts.length > 0);
  if (mode === 'closed' || isSpent || context.door !== undefined) {
    refuse(context, dialect, isGateways ? gatewayDown(failure.message, retryAfter) : resting(failure.message, retryAfter), 'failed-closed');
    return;
  }
  plan.close();
  const own = 'kind' in body ? body : body.withModel(undefined);
  const { result } = await tryTarget({ down, services, record, dialect, target: originTarget, body: own });
  if (result.kind === 'no-answer') refuse(context, dialect, upstreamFailed(down.head.host, result.error), 'failed-closed');
  else {
    record.outcome = 'failed-open';
    enter(record, result, originTarget);
  }
}

/** Enters the end of an exchange that a target answered. */
export function enter(record: ExchangeRecord, result: RelayResult, target: Target): void {
  if (result.kind === 'no-answer' || result.kind === 'lost') return;
  record.target = target;
  record.status = result.kind === 'switched' ? 101 : result.status;
  if (result.kind === 'switched') record.switched = { sent: result.sent, received: result.received };
  else record.answer = factsOf(result);
  if (result.kind === 'client-aborted') record.outcome = 'client-aborted';
  if (result.kind === 'broken') record.error = { code: result.error.code, message: result.error.message };
}

/** What the call cost, answers that were not used included. Where nothing was billed, nothing is taken. */
function settle(reservation: Reservation, { record, services }: Walk, call: ExchangeCall): void {
  const used = record.attempts.findLast(({ error }) => error === undefined) ?? record.attempts.at(-1);
  const bills = [{ attempt: used, usage: record.answer?.usage }, ...record.attempts.map((attempt) => ({ attempt, usage: attempt.unusedUsage }))].filter(
    ({ usage }) => usage !== undefined,
  );
  if (bills.length === 0) {
    if (wasSent(record)) reservation.settle({ usd: undefined, tokens: undefined });
    else reservation.release();
    return;
  }
  const costs = bills.map(({ attempt, usage }) => {
    const { provider, model } = billedModel(attempt, call, services.router);
    return costOf(provider, model ?? record.answer?.model, usage);
  });
  const known = costs.filter((cost) => cost !== undefined);
  record.costUsd = known.length > 0 ? known.reduce((sum, cost) => sum + cost, 0) : undefined;
  const sumOf = (count: (usage: Usage) => number | undefined): number =>
    bills.reduce((sum, { usage }) => sum + (usage === undefined ? 0 : (count(usage) ?? 0)), 0);
  const outputTokens = sumOf((usage) => usage.outputTokens);
  reservation.settle({ usd: record.costUsd, tokens: outputTokens + sumOf((usage) => usage.inputTokens), outputTokens });
}

/** Whose price holds for an attempt: another provider may have answered, or the same model under a gateway's name for it. */
function billedModel(attempt: Attempt | undefined, call: ExchangeCall, router: RoutingServices): { provider: string; model: string | undefined } {
  const target = router.targets.find(({ id }) => id === attempt?.target);
  if (target?.kind === 'provider') return { provider: target.provider, model: attempt?.model ?? call.model };
  const named = attempt?.model === undefined ? undefined : router.resolveModel(attempt.model);
  return { provider: named?.provider ?? call.provider ?? '', model: named?.model ?? call.model };
}

/** Some target may have worked on it. */
const wasSent = ({ attempts }: ExchangeRecord): boolean =>
  attempts.some(({ status, error }) => (status !== undefined && status < 400) || error === 'upstream-timeout');

function refuse({ record, down }: Walk, dialect: Dialect, refusal: Refusal, outcome: Outcome): void {
  record.refused(refusal, outcome);
  sendRefusal(down, dialect, refusal);
}

function failMode(context: Walk, event: FailEvent): FailMode {
  return context.policy.failMode(event, context.surface, context.down.head.host);
}

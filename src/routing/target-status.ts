// One target as people see it.
import type { HealthState, QuotaLeft } from '../contract/routing.ts';
import type { TargetStatus } from '../contract/status.ts';
import type { TargetState } from './target-state.ts';

/**
 * @param all picks of the last five minutes, of all targets
 * @param stated what is left of limits of single models
 */
export function statusOf(state: TargetState, health: HealthState, all: number, now: number, stated: readonly QuotaLeft[]): TargetStatus {
  const isHeard = state.heardAt > -Infinity;
  return {
    id: state.target.id,
    kind: state.target.kind,
    state: health === 'failed' || (health === 'recovering' && !state.breaker.isClosed) ? 'down' : isHeard ? 'up' : 'unknown',
    detail: state.detail,
    latencyMs: state.headMs,
    answered: state.answered,
    health,
    drained: state.isDrained,
    share: all > 0 ? state.recent.sum(now) / all : undefined,
    inFlight: state.inFlight,
    waiting: state.queue.size,
    quota: leftOf(state, stated),
  };
}

/** Limits of the target, else the first that is known of a model of its. */
function leftOf({ quota }: TargetState, stated: readonly QuotaLeft[]): QuotaLeft {
  const left = quota.left();
  return says(left) ? left : (stated.find(says) ?? left);
}

const says = ({ requests, tokens, restingUntil }: QuotaLeft): boolean => requests !== undefined || tokens !== undefined || restingUntil !== undefined;

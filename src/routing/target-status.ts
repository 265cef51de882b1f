// One target as people see it.
import type { HealthState } from '../contract/routing.ts';
import type { TargetStatus } from '../contract/status.ts';
import type { TargetState } from './target-state.ts';

/** @param all picks of the last five minutes, of all targets */
export function statusOf(state: TargetState, health: HealthState, all: number, now: number): TargetStatus {
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
    quota: state.quota.left(),
  };
}

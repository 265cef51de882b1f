// A target as the status shows it, for tests that care about some of it only.
import type { TargetStatus } from '../../src/contract/status.ts';

export function targetStatus(id: string, more: Partial<TargetStatus> = {}): TargetStatus {
  return {
    id,
    kind: 'gateway',
    state: 'up',
    detail: '',
    latencyMs: undefined,
    answered: 0,
    health: 'healthy',
    drained: false,
    share: undefined,
    inFlight: 0,
    waiting: 0,
    quota: undefined,
    ...more,
  };
}

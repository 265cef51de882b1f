// The plan of calls that go where the client meant them, with the client's own credential: one target, no choice.
import type { OriginTarget } from '../contract/target.ts';
import type { NextPick, RoutePlan } from './plan.ts';

export const originTarget: OriginTarget = { id: 'origin', kind: 'origin' };

const nothing = (): undefined => undefined;
const only: NextPick = {
  kind: 'pick',
  pick: { target: originTarget, model: undefined, key: undefined, attempt: 1, delayMs: 0, isTrial: false },
};
const none: NextPick = { kind: 'none', reason: 'exhausted', why: 'the origin was asked', retryAfterSeconds: undefined };

export function originPlan(): RoutePlan {
  let isAsked = false;
  return {
    route: undefined,
    next: () => {
      if (isAsked) return none;
      isAsked = true;
      return only;
    },
    hedge: nothing,
    hedgeAfterMs: nothing,
    checks: () => [],
    answered: nothing,
    firstToken: nothing,
    ended: nothing,
    mayGoOn: () => false,
    close: nothing,
  };
}

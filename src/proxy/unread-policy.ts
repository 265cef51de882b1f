// Lets policy decide on traffic whose content nobody reads: tunnels to known hosts, native requests, inference calls that cannot be read. Only block has a meaning there, and ask where it ends in block.
import type { DialectId, Surface } from '../contract/exchange.ts';
import type { CompiledPolicy } from '../contract/policy.ts';
import type { Origin } from './flow.ts';
import { within } from './within.ts';

export type UnreadVerdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'block'; readonly rule: string; readonly message: string }
  /** The policy could not be evaluated and says to stop then. */
  | { readonly kind: 'policy-error'; readonly error: unknown };

const pass: UnreadVerdict = { kind: 'pass' };

export interface UnreadTraffic {
  readonly policy: CompiledPolicy;
  readonly surface: Surface;
  readonly host: string;
  /** `native` for whatever is no inference call. */
  readonly dialect: DialectId | 'native';
  readonly origin: Origin;
  readonly ownerBudgetMs: number;
}

/** Conditions on model or findings do not hold for unread traffic, so only rules on app, host, provider, product and dialect reach it. */
export async function judgeUnread({ policy, surface, host, dialect, origin, ownerBudgetMs }: UnreadTraffic): Promise<UnreadVerdict> {
  await within(origin.peerSearch, ownerBudgetMs);
  try {
    const decision = policy.evaluate({ app: origin.peer?.app, host, surface, dialect, facts: undefined });
    // There is nothing to show to a person, and a connection cannot wait: a rule that asks acts as if nobody had answered.
    const isBlocked = decision.action === 'block' || (decision.action === 'ask' && decision.ask.otherwise === 'block');
    return isBlocked ? { kind: 'block', rule: decision.rule, message: decision.message } : pass;
  } catch (error) {
    return policy.failMode('onPolicyError', surface, host) === 'open' ? pass : { kind: 'policy-error', error };
  }
}

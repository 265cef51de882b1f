// Picks the targets of a call by preference and remembers which gateways did not answer lately.
import type { Surface } from '../contract/exchange.ts';
import type { TargetStatus } from '../contract/status.ts';
import type { OriginTarget, Target } from '../contract/target.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
/** Share of the newest time in the moving mean. */
const newestShare = 0.2;

interface Health {
  failures: number;
  /** Monotonic milliseconds; before that the target is passed over. */
  retryAt: number;
  detail: string;
  /** Calls answered since the start. */
  answered: number;
  latencyMs: number | undefined;
}

export const originTarget: OriginTarget = { id: 'origin', kind: 'origin' };

export class Router {
  readonly #targets: readonly Target[];
  readonly #health = new Map<string, Health>();
  readonly #now: () => number;

  /** @param now monotonic milliseconds: a jump of the wall clock must not revive or bury a target */
  constructor(targets: readonly Target[], now: () => number = () => performance.now()) {
    this.#targets = targets.length > 0 ? targets : [{ id: 'simulator', kind: 'simulator' }];
    this.#now = now;
    for (const target of this.#targets) this.#health.set(target.id, { failures: 0, retryAt: 0, detail: 'not used yet', answered: 0, latencyMs: undefined });
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  /** The targets to try, best first. Empty while every one of them is resting after a failure: the caller applies `onGatewayDown` without waiting. */
  plan(surface: Surface): readonly Target[] {
    if (surface.forward === 'origin') return [originTarget];
    const now = this.#now();
    for (const target of this.#targets) if (this.#isResting(target.id, now)) return this.#targets.filter((candidate) => !this.#isResting(candidate.id, now));
    return this.#targets;
  }

  /** True when the settings prefer a gateway to this target: a call that ends here has gone past it. */
  isPastGateway(target: Target): boolean {
    const at = this.#targets.findIndex(({ id }) => id === target.id);
    return target.kind !== 'gateway' && this.#targets.slice(0, Math.max(0, at)).some(({ kind }) => kind === 'gateway');
  }

  /** @param milliseconds from the start of the try to the head of the answer; absent where it is not known */
  succeeded(id: string, milliseconds?: number): void {
    const health = this.#health.get(id);
    if (!health) return;
    health.failures = 0;
    health.retryAt = 0;
    health.detail = '';
    health.answered += 1;
    if (milliseconds !== undefined) health.latencyMs = (health.latencyMs ?? milliseconds) * (1 - newestShare) + milliseconds * newestShare;
  }

  /** The target did not answer at all. It rests, longer each time, so that a dead gateway does not cost every call its connect timeout. */
  failed(id: string, detail: string): void {
    const health = this.#health.get(id);
    if (!health) return;
    health.detail = detail;
    const now = this.#now();
    // Calls that were under way together fail together: one outage, counted once.
    if (health.retryAt > now) return;
    health.failures += 1;
    health.retryAt = now + Math.min(longestPauseMs, firstPauseMs * 2 ** (health.failures - 1));
  }

  status(): TargetStatus[] {
    return this.#targets.map((target) => {
      const health = this.#health.get(target.id);
      const isDown = (health?.failures ?? 0) > 0;
      const state = isDown ? 'down' : (health?.answered ?? 0) > 0 ? 'up' : 'unknown';
      return { id: target.id, kind: target.kind, state, detail: health?.detail ?? '', latencyMs: health?.latencyMs, answered: health?.answered ?? 0 };
    });
  }

  #isResting(id: string, now: number): boolean {
    const health = this.#health.get(id);
    return health !== undefined && health.retryAt > now;
  }
}

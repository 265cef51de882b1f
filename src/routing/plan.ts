// What the exchange asks of routing: one plan per call, which names attempts and hears how they went.
import type { RawHeaders } from '../contract/exchange.ts';
import type { AttemptResult, GoOnReason, RoutedCall } from '../contract/routing.ts';
import type { Target } from '../contract/target.ts';

/** Time as routing sees it, so that a simulation can run on a clock of its own. */
export interface Clock {
  /** Monotonic milliseconds: a jump of the wall clock must not revive or bury a target. */
  now(): number;
  /** Milliseconds since 1970, for what providers state as dates. */
  wall(): number;
  /** Calls back once; returns the canceller. */
  after(milliseconds: number, act: () => void): () => void;
}

/** One attempt to be made: where, asking for what, with which key. */
export interface Pick {
  readonly target: Target;
  /** The model to ask for, where the route names another than the client did. */
  readonly model: string | undefined;
  /** Label of the key out of the provider's pool; undefined for targets without one. */
  readonly key: string | undefined;
  /** 1, 2, 3 … within the call. */
  readonly attempt: number;
  /** To wait before the attempt, milliseconds: full jitter where the same target is tried again. */
  readonly delayMs: number;
  /** This call is the one that tries a target that had failed. */
  readonly isTrial: boolean;
}

export type NextPick =
  | { readonly kind: 'pick'; readonly pick: Pick }
  | {
      readonly kind: 'none';
      /** `exhausted`: all were tried, or no further attempt is allowed. `resting`: every target that could serve has failed lately. `overloaded`: every one is at its limit, and waiting did not help or is not possible. `unserved`: none can serve such a call. */
      readonly reason: 'exhausted' | 'resting' | 'overloaded' | 'unserved';
      /** For people: what stood in the way, target by target. */
      readonly why: string;
      /** Honest wait until a call like this would be taken. */
      readonly retryAfterSeconds: number | undefined;
    };

export interface AttemptEnd {
  readonly result: AttemptResult;
  readonly status?: number | undefined;
  /** Asked again at once, the same target would fail alike: nobody listens, the certificate is bad, the name does not resolve. */
  readonly isLasting?: boolean;
  /** From the start of the attempt, milliseconds. */
  readonly durationMs: number;
  readonly firstTokenMs?: number | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}

/** The way of one call. `next` counts the attempt as under way until `ended`; each pick gets exactly one `ended`. */
export interface RoutePlan {
  /** Undefined for the default route. */
  readonly route: string | undefined;
  /** The best place free; a promise where the call has to wait in a queue. */
  next(): NextPick | Promise<NextPick>;
  /** A second target beside those under way, free now and allowed by the route; undefined where there is none. */
  hedge(): Pick | undefined;
  /** How long to wait for the first token of this attempt before `hedge`; undefined: the route does not hedge, or too little is known. */
  hedgeAfterMs(pick: Pick): number | undefined;
  /** Reasons to go on that only the answer's content can tell; while there are any, the answer is held back and judged. */
  checks(pick: Pick): readonly GoOnReason[];
  /** The head of the answer has come: limits and waits that its headers state are taken in. */
  answered(pick: Pick, status: number, headers: RawHeaders): void;
  /** Milliseconds from the start of the attempt. */
  firstToken(pick: Pick, milliseconds: number): void;
  ended(pick: Pick, end: AttemptEnd): void;
  /** Whether `next` may be asked again after this result: by the route, the number of attempts and the retry budget. Asks nothing twice: a true answer has been paid for. */
  mayGoOn(pick: Pick, result: AttemptResult): boolean;
  /** The call is over; what still waits in a queue leaves it. */
  close(): void;
}

export interface Router {
  plan(call: RoutedCall): RoutePlan;
}

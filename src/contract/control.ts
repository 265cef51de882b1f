// The control contract: one literal from which the agent's handlers, the CLI, the preload bridge and the test doubles are derived.
import { AuditFilter } from './audit.ts';
import type { AuditRow, VerifyReport } from './audit.ts';
import { z } from './schema.ts';
import type { AgentStatus } from './status.ts';

export const contractVersion = 1;

/** Carries a type through a value, so that the literal below can name results and events. */
interface Shape<T> {
  readonly shape?: T;
}
const shape = <T>(): Shape<T> => ({});

const nothing = z.strictObject({});

export interface CaInfo {
  readonly pem: string;
  /** SHA-256 of the certificate, upper-case hex pairs with colons. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** The exact names and domains the CA may speak for. */
  readonly permitted: readonly string[];
  readonly file: string;
}

export interface PolicyInfo {
  readonly revision: string;
  readonly source: string;
  /** The policy as it is in force, JSON. */
  readonly policy: unknown;
  /** Why a newer file is not in force, absent when it is. */
  readonly rejected: string | undefined;
}

/** First message after `watch`: everything; then deltas. */
export interface Snapshot {
  readonly status: AgentStatus;
  readonly recent: readonly AuditRow[];
}

export const control = {
  methods: {
    'status.get': { params: nothing, result: shape<AgentStatus>() },
    'audit.query': { params: AuditFilter, result: shape<readonly AuditRow[]>() },
    'audit.verify': { params: nothing, result: shape<VerifyReport>() },
    /** The fingerprint under which a value would stand in findings; the value is not stored. */
    'audit.fingerprint': { params: z.strictObject({ value: z.string().min(1).max(65536) }), result: shape<{ fingerprint: string }>() },
    'ca.get': { params: nothing, result: shape<CaInfo>() },
    'policy.get': { params: nothing, result: shape<PolicyInfo>() },
    'agent.pause': { params: z.strictObject({ minutes: z.number().min(1).max(1440) }), result: shape<AgentStatus>() },
    'agent.resume': { params: nothing, result: shape<AgentStatus>() },
    'agent.stop': { params: nothing, result: shape<{ stopping: true }>() },
    /** Starts events on this connection: `snapshot` at once, then deltas. */
    watch: { params: nothing, result: shape<{ watching: true }>() },
  },
  events: {
    snapshot: shape<Snapshot>(),
    'status.changed': shape<AgentStatus>(),
    /** Rows in order of seq. A watcher that falls behind gets a fresh `snapshot` instead of a gap. */
    'audit.appended': shape<readonly AuditRow[]>(),
  },
} as const;

type Methods = typeof control.methods;
type Events = typeof control.events;
export type MethodName = keyof Methods;
export type EventName = keyof Events;
export type Params<M extends MethodName> = z.input<Methods[M]['params']>;
export type ParsedParams<M extends MethodName> = z.output<Methods[M]['params']>;
export type Result<M extends MethodName> = NonNullable<Methods[M]['result']['shape']>;
export type EventData<E extends EventName> = NonNullable<Events[E]['shape']>;

/** What the agent must provide: one handler per method but `watch`, which the server itself answers. */
export type Handlers = { [M in Exclude<MethodName, 'watch'>]: (params: ParsedParams<M>) => Result<M> | Promise<Result<M>> };

/** What every client can do. */
export interface ControlClient {
  call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>>;
  /** Events after `watch`; returns the unsubscriber. */
  on<E extends EventName>(event: E, listener: (data: EventData<E>) => void): () => void;
  close(): void;
  readonly closed: Promise<void>;
}

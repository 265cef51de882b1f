// The control contract: one literal from which the agent's handlers, the CLI, the preload bridge and the test doubles are derived.
import type { AskQuestion } from './ask.ts';
import { AuditFilter, AuditMatch } from './audit.ts';
import type { AuditPage, AuditRow, VerifyReport } from './audit.ts';
import type { ContentAnswer } from './content.ts';
import type { DiagnosticCheck, SupportBundle } from './diagnostics.ts';
import { PolicyTrialInput } from './policy-view.ts';
import type { PolicyOrigin, PolicyPart, PolicyTrial } from './policy-view.ts';
import type { ProbeResult, TargetExplanation } from './routing.ts';
import { z } from './schema.ts';
import { editableSettings } from './settings-view.ts';
import type { SettingsView } from './settings-view.ts';
import { setupSteps, surfaceGroups } from './setup.ts';
import type { RestoredChange, SetupChange, SetupStep } from './setup.ts';
import type { AgentStatus } from './status.ts';
import type { AppRow, UsageBucket, UsageSummary } from './usage.ts';

export const contractVersion = 2;

/** Carries a type through a value, so that the literal below can name results and events. */
interface Shape<T> {
  readonly shape?: T;
}
const shape = <T>(): Shape<T> => ({});

const nothing = z.strictObject({});
const Groups = z.strictObject({ groups: z.array(z.enum(surfaceGroups)).min(1) });

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
  /** The layer that names the policy file; `default` for the built-in one. */
  readonly origin: PolicyOrigin;
  readonly parts: readonly PolicyPart[];
}

/** First message after `watch`: everything; then deltas. */
export interface Snapshot {
  readonly status: AgentStatus;
  readonly recent: readonly AuditRow[];
  /** Questions that wait for an answer. */
  readonly questions: readonly AskQuestion[];
}

export const control = {
  methods: {
    'status.get': { params: nothing, result: shape<AgentStatus>() },
    'audit.query': { params: AuditFilter, result: shape<readonly AuditRow[]>() },
    /** How many rows pass, and the newest of them: what a virtual list needs to know its length. */
    'audit.count': { params: AuditMatch, result: shape<{ rows: number; newest: number }>() },
    /** Rows `offset`..`offset+limit` of those that pass and are not newer than `upTo`, newest first. */
    'audit.page': {
      params: z.strictObject({
        match: AuditMatch.prefault({}),
        upTo: z.number().int().min(0),
        offset: z.number().int().min(0),
        limit: z.number().int().min(1).max(500),
      }),
      result: shape<AuditPage>(),
    },
    'audit.get': { params: z.strictObject({ id: z.string() }), result: shape<AuditRow | null>() },
    /** The values that stand in the log for each column a filter can name, most used first, at most 200 each. */
    'audit.values': { params: nothing, result: shape<Readonly<Record<'app' | 'host' | 'model' | 'target' | 'provider', readonly string[]>>>() },
    /** A piece of the export, oldest first; call again with `after: next` until `next` is null. */
    'audit.export': {
      params: z.strictObject({ match: AuditMatch.prefault({}), format: z.enum(['jsonl', 'csv']), after: z.number().int().min(0) }),
      result: shape<{ text: string; rows: number; next: number | null }>(),
    },
    /** Emits `audit.verifying` while it works. */
    'audit.verify': { params: nothing, result: shape<VerifyReport>() },
    /** The fingerprint under which a value would stand in findings; the value is not stored. */
    'audit.fingerprint': { params: z.strictObject({ value: z.string().min(1).max(65536) }), result: shape<{ fingerprint: string }>() },
    'ca.get': { params: nothing, result: shape<CaInfo>() },
    /** What left this machine in one exchange. */
    'content.get': { params: z.strictObject({ id: z.string() }), result: shape<ContentAnswer>() },
    'usage.summary': { params: z.strictObject({ since: z.number() }), result: shape<UsageSummary>() },
    /** Buckets from `since` (rounded down to `bucketMs`) until now, oldest first, empty ones included; at most 1,000. */
    'usage.series': { params: z.strictObject({ since: z.number(), bucketMs: z.number().int().min(1000) }), result: shape<readonly UsageBucket[]>() },
    'apps.list': { params: nothing, result: shape<readonly AppRow[]>() },
    /** A denied app's calls are refused from now on. `not-allowed` where the decision is managed. */
    'apps.decide': {
      params: z.strictObject({ app: z.string().min(1).max(200), decision: z.enum(['pending', 'approved', 'denied']) }),
      result: shape<AppRow>(),
    },
    /** `unknown-question` when it is no longer open; `bad-params` when a justification is missing. */
    'ask.answer': {
      params: z.strictObject({ id: z.string(), answer: z.enum(['allow', 'block']), justification: z.string().max(2000).optional() }),
      result: shape<{ answered: true }>(),
    },
    'policy.get': { params: nothing, result: shape<PolicyInfo>() },
    'policy.try': { params: PolicyTrialInput, result: shape<PolicyTrial>() },
    'settings.get': { params: nothing, result: shape<SettingsView>() },
    /** Writes the user's settings file; null takes the entry out. `not-allowed` where it is locked, `settings-invalid` where the value is. */
    'settings.set': {
      params: z.strictObject({ key: z.enum(editableSettings), value: z.union([z.string().max(8192), z.number(), z.boolean(), z.null()]) }),
      result: shape<SettingsView>(),
    },
    /** Why each target gets the share it gets, at every place of every route. */
    'targets.explain': { params: nothing, result: shape<readonly TargetExplanation[]>() },
    /** A drained target finishes its calls and gets no new ones, until it is taken back or the agent restarts. */
    'targets.drain': { params: z.strictObject({ target: z.string(), drained: z.boolean() }), result: shape<AgentStatus>() },
    /** Asks targets for a sign of life, without a model call; all of them where none is named. */
    'targets.probe': { params: z.strictObject({ target: z.string().optional() }), result: shape<readonly ProbeResult[]>() },
    /** Changes a weight of a `weighted` place until the agent restarts. */
    'targets.weigh': {
      params: z.strictObject({ route: z.string(), target: z.string(), weight: z.number().min(0).max(1_000_000) }),
      result: shape<readonly TargetExplanation[]>(),
    },
    /** What each step would change and has changed; nothing is changed by asking. */
    'setup.get': { params: nothing, result: shape<readonly SetupStep[]>() },
    'setup.apply': { params: z.strictObject({ step: z.enum(setupSteps) }), result: shape<SetupStep>() },
    'setup.undo': { params: z.strictObject({ step: z.enum(setupSteps) }), result: shape<SetupStep>() },
    /** The places of these groups one by one; nothing is changed by asking. */
    'machine.look': { params: Groups, result: shape<readonly SetupChange[]>() },
    /** Each place on its own: one that fails is told in its row and never stops the others. */
    'machine.apply': { params: Groups, result: shape<readonly SetupChange[]>() },
    'machine.undo': { params: Groups, result: shape<readonly RestoredChange[]>() },
    /** `network` examines DNS, clocks, gateways and providers; `probeGateway` makes a streamed call of a few tokens; `fix` repairs what can be repaired, and looks again. */
    'diagnostics.run': {
      params: z.strictObject({ network: z.boolean().default(false), probeGateway: z.boolean().default(false), fix: z.boolean().default(false) }),
      result: shape<readonly DiagnosticCheck[]>(),
    },
    'diagnostics.bundle': { params: nothing, result: shape<SupportBundle>() },
    /** `not-allowed` where policy does not let users pause. */
    'agent.pause': { params: z.strictObject({ minutes: z.number().min(1).max(1440) }), result: shape<AgentStatus>() },
    'agent.resume': { params: nothing, result: shape<AgentStatus>() },
    /** `not-allowed` where policy does not let users quit; `restart` is always allowed: whoever supervises the agent starts it again. */
    'agent.stop': { params: z.strictObject({ restart: z.boolean().default(false) }), result: shape<{ stopping: true }>() },
    /** Starts events on this connection: `snapshot` at once, then deltas. `asks`: this client shows questions to a person. */
    watch: { params: z.strictObject({ asks: z.boolean().default(false) }), result: shape<{ watching: true }>() },
  },
  events: {
    snapshot: shape<Snapshot>(),
    'status.changed': shape<AgentStatus>(),
    /** Rows in order of seq. A watcher that falls behind gets a fresh `snapshot` instead of a gap. */
    'audit.appended': shape<readonly AuditRow[]>(),
    'audit.verifying': shape<{ readonly rows: number; readonly of: number }>(),
    'ask.opened': shape<AskQuestion>(),
    /** Answered, timed out, or its client went away. */
    'ask.closed': shape<{ readonly id: string }>(),
  },
} as const;

type Methods = typeof control.methods;
type Events = typeof control.events;
export type MethodName = keyof Methods;
export type EventName = keyof Events;
export type Params<M extends MethodName> = z.input<Methods[M]['params']>;
export type ParsedParams<M extends MethodName> = z.output<Methods[M]['params']>;
export type Result<M extends MethodName> = Exclude<Methods[M]['result']['shape'], undefined>;
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

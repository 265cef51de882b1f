// Routes as data: which calls they are for, and the strategy over targets that places them.
import { Conditions } from './policy.ts';
import { z } from './schema.ts';

/** Why a cascade goes on to its next child, and why an attempt counts as failed. */
export const goOnReasons = [
  /** No connection, or it broke before the first byte of an answer. */
  'connect',
  /** No first byte in time. The first target may still be working on the call, and bill it. */
  'timeout',
  '408',
  '429',
  '5xx',
  /** The gateway's own budget, rate or key refusal. */
  'gateway-limit',
  /** The provider's filter stopped the answer before any text of it. */
  'content-filter',
  /** The answer has no text, no tool call, nothing. */
  'empty',
  /** The answer stopped at its length limit. Answers that are not streamed only. */
  'cut-off',
  /** The request asked for JSON and the answer is not. Answers that are not streamed only. */
  'not-json',
] as const;
export type GoOnReason = (typeof goOnReasons)[number];

/** What a cascade goes on for where its settings name nothing. A timeout is not among them: the call could be billed twice. */
export const usualReasons: readonly GoOnReason[] = ['connect', '408', '429', '5xx', 'gateway-limit'];

export const strategyNames = ['cascade', 'weighted', 'latency', 'least-busy', 'cost', 'hash', 'adaptive', 'round-robin', 'random'] as const;
export type StrategyName = (typeof strategyNames)[number];

export const tiers = ['economy', 'standard', 'premium'] as const;
export type Tier = (typeof tiers)[number];

const name = z.string().min(1).max(200);
const weight = z.number().min(0).max(1_000_000).optional().describe('Share among its siblings under `weighted`; 1 where nothing is said, 0 takes it out.');

/** A target by id; with a model, calls that come this way ask for that model instead. */
const TargetNode = z.strictObject({ target: name, model: name.optional(), weight });
/** Every target that is a provider of this name, chosen among by `weighted`. */
const ProviderNode = z.strictObject({ provider: name, model: name.optional(), weight });

export type RouteNode = string | z.infer<typeof TargetNode> | z.infer<typeof ProviderNode> | StrategyNode;

/** A strategy over children, which may be strategies themselves. */
export interface StrategyNode {
  strategy: StrategyName;
  of: RouteNode[];
  weight?: number | undefined;
  /** cascade: what it goes on for. */
  on?: GoOnReason[] | undefined;
  /** hash: what calls stick together by. Default `session`, which falls back to the conversation, then the user. */
  by?: 'user' | 'session' | 'conversation' | undefined;
  /** hash: how much above the mean a target may be loaded before calls spill over. Default 1.25. */
  loadFactor?: number | undefined;
  /** cost: what a target must have. Context size, tools and vision follow from the call. */
  require?: { regions?: string[] | undefined; tier?: Tier | undefined } | undefined;
  /** adaptive: the least share of a target that is not failed. Default 0.02. */
  floor?: number | undefined;
  /** latency: what counts. Default `whole`: first token, and time per token for the tokens expected. */
  weigh?: 'first-token' | 'whole' | undefined;
}

const StrategyNode: z.ZodType<StrategyNode> = z.lazy(() =>
  z.strictObject({
    strategy: z.enum(strategyNames),
    of: z.array(RouteNode).min(1).max(100),
    weight,
    on: z.array(z.enum(goOnReasons)).optional(),
    by: z.enum(['user', 'session', 'conversation']).optional(),
    loadFactor: z.number().min(1).max(100).optional(),
    require: z.strictObject({ regions: z.array(name).min(1).optional(), tier: z.enum(tiers).optional() }).optional(),
    floor: z.number().min(0).max(0.5).optional(),
    weigh: z.enum(['first-token', 'whole']).optional(),
  }),
);

const RouteNode: z.ZodType<RouteNode> = z.lazy(() => z.union([name, TargetNode, ProviderNode, StrategyNode]));

const names = z.union([z.string(), z.array(z.string()).min(1)]);
const range = z.strictObject({ from: z.number().optional(), below: z.number().optional() });
const clock = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'give a time of day as HH:MM');

/** What a call is for, as far as it shows: `batch` by header or key, `embedding`, `vision` (carries images), `structured` (asks for JSON), `agent` (offers tools), else `chat`. */
export const tasks = ['chat', 'agent', 'vision', 'structured', 'embedding', 'batch'] as const;
export type Task = (typeof tasks)[number];

/** The policy's conditions, and what only routing knows. All that are present must hold. */
export const RouteConditions = Conditions.omit({ findings: true }).extend({
  user: names.optional(),
  team: names.optional(),
  virtualKey: names.optional(),
  task: z.union([z.enum(tasks), z.array(z.enum(tasks)).min(1)]).optional(),
  /** Header name to pattern. */
  header: z.record(z.string(), names).optional(),
  /** Tokens of the request by estimate. */
  estimatedTokens: range.optional(),
  /** Local time of day, and days. `from` later than `to` passes midnight. */
  time: z
    .strictObject({
      from: clock.optional(),
      to: clock.optional(),
      days: z
        .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
        .min(1)
        .optional(),
    })
    .optional(),
  /** The largest share used of any budget that holds for the call: 0 to 1 and above. */
  budgetUsed: range.optional(),
});
export type RouteConditions = z.infer<typeof RouteConditions>;

export const priorities = ['interactive', 'batch'] as const;
export type Priority = (typeof priorities)[number];

export const RouteSettings = z.strictObject({
  id: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'use letters, digits, dots, dashes'),
  description: z.string().optional(),
  when: RouteConditions.default({}),
  /** A CEL expression over the same facts, such as `task == "agent" && estimatedTokens > 50000`. It must hold beside `when`. */
  if: z.string().min(1).max(4000).optional(),
  use: RouteNode,
  /** A second attempt at another target when no token has come after the 95th percentile of the first's times, or after so many milliseconds. The first to speak wins, the other is cancelled. Both may be billed. */
  hedge: z.union([z.literal('p95'), z.strictObject({ afterMs: z.number().int().min(1).max(600_000) })]).optional(),
  priority: z.enum(priorities).optional(),
});
export type RouteSettings = z.infer<typeof RouteSettings>;

export const TargetLimits = z.strictObject({
  requestsPerMinute: z.number().int().min(1).optional(),
  tokensPerMinute: z.number().int().min(1).optional(),
  /** Calls under way at once. */
  inFlight: z.number().int().min(1).optional(),
  /** Calls that may wait for this target; one more is refused with 429. */
  queue: z.number().int().min(0).max(100_000).default(100),
});
export type TargetLimits = z.infer<typeof TargetLimits>;

export const RoutingSettings = z.strictObject({
  /** Longest wait in a target's queue, milliseconds; a call's own `x-heimdall-deadline-ms` shortens it. */
  queueMs: z.number().int().min(0).max(600_000).default(30_000),
  /** Attempts at one call at most. */
  attempts: z.number().int().min(1).max(20).default(6),
  /** Further attempts as a share of calls; some are always free, so that a quiet machine can fail over. */
  retryShare: z.number().min(0).max(5).default(0.25),
  /** From one active probe of a target to the next, milliseconds, give or take a fifth; 0 switches them off. Healthy targets in use are not probed. */
  probeMs: z.number().int().min(0).max(3_600_000).default(15_000),
  /** Who shares a queue fairly: the first of these that a call has. */
  shareBy: z.enum(['app', 'team', 'virtualKey', 'user']).default('app'),
  /** Weights of shares; 1 where nothing is said. */
  shares: z.record(z.string(), z.number().min(0.01).max(1000)).default({}),
});
export type RoutingSettings = z.infer<typeof RoutingSettings>;

/** The facts by which a call is placed. */
export interface RoutedCall {
  readonly app: string | undefined;
  readonly user: string | undefined;
  readonly team: string | undefined;
  /** Id of the virtual key the call came with. */
  readonly virtualKey: string | undefined;
  readonly host: string;
  readonly product: string;
  readonly dialect: string;
  /** The provider the call is meant for: that of the host, or of the model's prefix; undefined where a bare model on the unified API names none. */
  readonly provider: string | undefined;
  /** Without a provider's prefix. */
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly estimatedTokens: number;
  readonly maxOutputTokens: number | undefined;
  readonly tools: boolean;
  readonly vision: boolean;
  readonly json: boolean;
  readonly task: Task;
  readonly priority: Priority;
  /** Value of a request header by lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly session: string | undefined;
  /** A short digest of what the conversation began with. Computed when asked for. */
  readonly conversation: () => string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly budgetUsed: number;
  /** Longest wait for a place, milliseconds. */
  readonly patienceMs: number;
}

export type HealthState = 'healthy' | 'degraded' | 'failed' | 'recovering';

/** How one attempt ended, as far as its target is concerned. */
export type AttemptResult =
  | 'ok'
  | GoOnReason
  /** The provider refused the key of the pool. */
  | 'key-refused'
  /** Another 4xx: the call is at fault, not the target. */
  | 'client-error'
  /** The answer broke off after part of it had reached the client. */
  | 'broken'
  /** Another attempt of the same call was faster. */
  | 'slower'
  /** The client went away. */
  | 'cancelled';

/** Why a target has the weight it has, in figures and in a sentence. */
export interface TargetExplanation {
  readonly target: string;
  readonly model: string | undefined;
  /** Route and place in it, such as `default › cascade › weighted`. */
  readonly place: string;
  readonly state: HealthState;
  /** Share of new calls at this place, 0 to 1. */
  readonly share: number;
  /** adaptive: factors of the weight, 0 to 1 each; absent under other strategies. */
  readonly factors: { readonly errors: number; readonly latency: number; readonly quota: number; readonly recovery: number } | undefined;
  readonly why: string;
}

export interface ProbeResult {
  readonly target: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  /** What was asked and what came, such as `GET /health: 200`. */
  readonly detail: string;
}

/** How much of a window is left, by the provider's headers or by the settings. */
export interface QuotaLeft {
  readonly requests: number | undefined;
  readonly requestsLimit: number | undefined;
  readonly tokens: number | undefined;
  readonly tokensLimit: number | undefined;
  /** Milliseconds since 1970 until which the target asked to be left alone; absent when it did not. */
  readonly restingUntil: number | undefined;
}

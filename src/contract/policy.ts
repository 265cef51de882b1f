// The policy file: its schema (published as JSON Schema by `heimdall policy schema`) and the compiled form the exchange uses.
import { z } from './schema.ts';
import type { Decision, DialectId, RequestFacts, Surface } from './exchange.ts';

export const detectorIds = [
  'aws-access-key',
  'github-token',
  'openai-key',
  'anthropic-key',
  'google-api-key',
  'slack-token',
  'stripe-key',
  'jwt',
  'private-key',
  'email',
  'card-number',
  'iban',
] as const;
export type DetectorId = (typeof detectorIds)[number];

const FailMode = z.enum(['open', 'closed']);
export type FailMode = z.infer<typeof FailMode>;

const names = z.union([z.string(), z.array(z.string()).min(1)]);

/** All conditions present must hold; a list holds when one of its entries does; `*` stands for any run of characters; case is ignored. */
export const Conditions = z.strictObject({
  app: names.optional(),
  host: names.optional(),
  provider: names.optional(),
  product: names.optional(),
  model: names.optional(),
  dialect: names.optional(),
  /** Detector ids, or `any`. Holds when at least one of them found something. */
  findings: z.union([z.enum([...detectorIds, 'any']), z.array(z.enum([...detectorIds, 'any'])).min(1)]).optional(),
});
export type Conditions = z.infer<typeof Conditions>;

/** How a rule with `action: ask` asks. */
export const Ask = z.strictObject({
  /** What holds when nobody answers in time, or no window is there to ask. */
  otherwise: z.enum(['allow', 'block']).default('block'),
  seconds: z.number().int().min(5).max(300).default(60),
  /** Whether allowing needs a justification, which stands in the audit row. */
  justification: z.boolean().default(true),
});
export type Ask = z.infer<typeof Ask>;

export const Rule = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'use letters, digits, dots, dashes'),
  description: z.string().optional(),
  when: Conditions.default({}),
  /** `ask` leaves it to the person at the screen, and ends the reading as `allow` and `block` do. */
  action: z.enum(['allow', 'block', 'redact', 'ask']),
  /** What the user sees when the rule blocks or asks. */
  message: z.string().optional(),
  ask: Ask.optional(),
});
export type Rule = z.infer<typeof Rule>;

/** What the text of calls is kept for: the view "what left this machine". */
const ContentPolicy = z.strictObject({
  /** `memory`: the last calls, in the agent's memory, never on disk, gone when it stops. */
  keep: z.enum(['none', 'memory']).default('memory'),
  /** `masked`: found values give way to dots before they are kept. */
  values: z.enum(['masked', 'clear']).default('masked'),
});

/** What the person at the screen may do. */
const UserPolicy = z.strictObject({
  pause: z.boolean().default(true),
  longestPauseMinutes: z.number().int().min(1).max(1440).default(1440),
  quit: z.boolean().default(true),
  /** Whether users may approve and deny apps themselves. */
  decideApps: z.boolean().default(true),
});

const FailPolicy = z.strictObject({
  onGatewayDown: FailMode.optional(),
  onUnreadable: FailMode.optional(),
  onPolicyError: FailMode.optional(),
});

const PinnedAction = z.enum(['block', 'tunnel']);

/** Clients that end the TLS handshake because they accept no certificate but their own. */
const PinnedPolicy = z.strictObject({
  default: PinnedAction.default('block').describe(
    'block: such a client goes on to fail, and each failure is recorded. tunnel: after two failures within minutes, the connections of that app to that host pass unread, each recorded as learned-pinned.',
  ),
  hosts: z.record(z.string(), PinnedAction).default({}).describe('By host, where it differs from the default; * stands for any run of characters.'),
  learnMinutes: z.number().int().min(1).max(1440).default(60).describe('How long an app and host that were learned pass, before they are tried again.'),
});
export type PinnedPolicy = z.infer<typeof PinnedPolicy>;

export const Policy = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  rules: z.array(Rule).default([]),
  content: ContentPolicy.prefault({}),
  user: UserPolicy.prefault({}),
  /** Apps decided for everyone, by catalog id; users cannot change them. */
  apps: z.record(z.string(), z.enum(['approved', 'denied'])).default({}),
  /** What happens when a decision or a target is not to be had; `closed` where nothing is said. */
  failures: FailPolicy.default({}),
  /** Exceptions to `failures`, first match wins. */
  surfaces: z.array(z.strictObject({ host: names.optional(), provider: names.optional(), product: names.optional(), ...FailPolicy.shape })).default([]),
  pinned: PinnedPolicy.prefault({}),
});
export type Policy = z.infer<typeof Policy>;

export type FailEvent = 'onGatewayDown' | 'onUnreadable' | 'onPolicyError';

/** The facts a policy decides on. */
export interface PolicyInput {
  readonly app: string | undefined;
  readonly host: string;
  readonly surface: Surface;
  readonly dialect: DialectId | 'native';
  readonly facts: RequestFacts | undefined;
}

/** A policy ready to run: pure, synchronous, no I/O. */
export interface CompiledPolicy {
  /** The file's id for audit rows: `default` or the first 12 hex digits of its SHA-256. */
  readonly revision: string;
  /** Rules top to bottom: `allow`, `block` and `ask` end the reading, `redact` marks its findings and goes on. No rule: allow. */
  evaluate(input: PolicyInput): Decision;
  failMode(event: FailEvent, surface: Surface, host: string): FailMode;
}

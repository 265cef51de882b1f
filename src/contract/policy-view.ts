// The policy as people read and try it: where each part comes from, and which rule would decide on a request and why.
import type { RecordedFinding } from './audit.ts';
import type { DialectId } from './exchange.ts';
import { z } from './schema.ts';

export type PolicyOrigin = 'managed' | 'user' | 'default';

export interface PolicyPart {
  /** Path in the policy: `rules.block-secrets`, `failures.onGatewayDown`, `content.keep`, … */
  readonly path: string;
  readonly origin: PolicyOrigin;
  /** The value in force, JSON. */
  readonly value: unknown;
}

/** One rule as the tester read it, top to bottom. */
export interface RuleTrace {
  readonly rule: string;
  readonly action: string;
  /** `not-reached`: a rule above ended the reading. */
  readonly verdict: 'matched' | 'not-matched' | 'not-reached';
  /** One sentence: which condition held or failed, with the value it was held against. */
  readonly why: string;
}

export interface PolicyTrial {
  readonly recognised: DialectId | 'native' | 'not-ai';
  readonly decision: 'allow' | 'block' | 'redact' | 'ask' | 'tunnel';
  readonly rule: string | undefined;
  /** One sentence. */
  readonly why: string;
  readonly findings: readonly Pick<RecordedFinding, 'detector' | 'count'>[];
  readonly trace: readonly RuleTrace[];
  /** The body as it would be sent, where the decision is redact. */
  readonly sent?: string | undefined;
  /** Said where the trial could not know everything: an exchange whose text is not kept. */
  readonly note?: string | undefined;
}

export const PolicyTrialInput = z.union([
  z.strictObject({
    /** The body of a request, as JSON text; or plain text, which is put into a user message. */
    body: z.string().max(1_048_576),
    host: z.string().min(1).max(253).default('api.openai.com'),
    path: z.string().min(1).max(2048).default('/v1/chat/completions'),
    app: z.string().max(200).optional(),
  }),
  z.strictObject({ /** An exchange of the audit log. */ id: z.string() }),
]);

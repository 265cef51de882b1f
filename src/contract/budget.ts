// Virtual keys, rate limits and budgets on the device: their settings, and what is left of them.
import { priorities } from './routing.ts';
import { z } from './schema.ts';
import { SecretSource } from './secret.ts';

const id = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'use letters, digits, dots, dashes');
const names = z.union([z.string(), z.array(z.string()).min(1)]);

/** Limits of one minute, and money over a period. All that are present hold. */
const Limits = {
  requestsPerMinute: z.number().int().min(1).optional(),
  tokensPerMinute: z.number().int().min(1).optional(),
  usd: z.number().min(0).optional(),
  per: z.enum(['day', 'week', 'month']).default('month'),
  /** `calendar`: begins anew at local midnight, on Monday, on the first. `rolling`: the last 24 hours, 7 days, 30 days. */
  window: z.enum(['calendar', 'rolling']).default('calendar'),
};

export const BudgetSettings = z.strictObject({
  id,
  /** Whose calls it counts. Patterns as in policy; a call that lacks the fact is not counted. Nothing: every call. */
  for: z
    .strictObject({
      virtualKey: names.optional(),
      app: names.optional(),
      user: names.optional(),
      team: names.optional(),
      model: names.optional(),
      provider: names.optional(),
    })
    .default({}),
  /** `together`: one account for all that match. Otherwise one account for each value of that fact. */
  each: z.enum(['together', 'virtualKey', 'app', 'user', 'team', 'model']).default('together'),
  ...Limits,
});
export type BudgetSettings = z.infer<typeof BudgetSettings>;

export const VirtualKeySettings = z.strictObject({
  id,
  /** The key itself, or where it stands. Absent: in the key store, made by `heimdall keys create`. */
  key: SecretSource.optional(),
  team: z.string().optional(),
  user: z.string().optional(),
  /** Models it may ask for, `provider/model` or bare, with `*`. Nothing: all. */
  models: names.optional(),
  priority: z.enum(priorities).optional(),
  /** No longer accepted after this moment, ISO 8601. */
  expires: z.iso.datetime({ offset: true }).optional(),
  /** The key's own limits; a budget of the same shape with `for.virtualKey`. */
  limits: z.strictObject(Limits).optional(),
});
export type VirtualKeySettings = z.infer<typeof VirtualKeySettings>;

/** US dollars per million tokens, in place of the price table. */
export const PriceSettings = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cachedInput: z.number().min(0).optional(),
  cacheWrite: z.number().min(0).optional(),
});
export type PriceSettings = z.infer<typeof PriceSettings>;

/** What a budget knows of a call. */
export interface BudgetedCall {
  readonly virtualKey: string | undefined;
  readonly app: string | undefined;
  readonly user: string | undefined;
  readonly team: string | undefined;
  readonly model: string | undefined;
  readonly provider: string | undefined;
  readonly estimatedTokens: number;
  readonly maxOutputTokens: number | undefined;
}

/** One account of one budget, as people see it. */
export interface BudgetStatus {
  /** Id of the budget, or `key:<id>` for a virtual key's own limits. */
  readonly budget: string;
  /** Whose account: the value of the fact named by `each`; empty for `together`. */
  readonly account: string;
  readonly usd:
    | {
        readonly used: number;
        readonly reserved: number;
        readonly limit: number;
        readonly per: 'day' | 'week' | 'month';
        readonly window: 'calendar' | 'rolling';
        /** Calls since the agent started whose model has no known price: their tokens count, no money does. */
        readonly unpriced?: number;
      }
    | undefined;
  readonly requests: { readonly used: number; readonly limit: number } | undefined;
  readonly tokens: { readonly used: number; readonly limit: number } | undefined;
  /** Milliseconds since 1970 at which something is free again; absent while nothing is used up. */
  readonly freeAt: number | undefined;
}

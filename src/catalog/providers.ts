// The table of providers for direct calls: where they answer, how they take their key, which dialects they speak and what those leave out.
import type { DialectId, RawHeaders, RequestFacts } from '../contract/exchange.ts';
import { providerRows } from './provider-rows.ts';

/** How a key is sent: `Authorization: Bearer <key>` has the scheme `Bearer`. */
export interface ProviderKeyHeader {
  readonly header: string;
  readonly scheme: string | undefined;
}

export interface ProviderRow {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** No trailing slash; undefined where the address is the user's own: see `needsUrl`. */
  readonly baseUrl: string | undefined;
  /** Why the settings have to give the URL, with an example of it; undefined where they need not. */
  readonly needsUrl: string | undefined;
  /** Undefined: it takes no key. */
  readonly auth: ProviderKeyHeader | undefined;
  /** Where a dialect takes the key in another way. */
  readonly authFor: Readonly<Partial<Record<DialectId, ProviderKeyHeader>>>;
  /** On a machine of one's own: the address is private, and a call without a key is usually answered. */
  readonly isLocal: boolean;
  /** Headers each call of a dialect needs beside the key: name, value, … */
  readonly fixedFor: Readonly<Partial<Record<DialectId, RawHeaders>>>;
  /** Path below the base URL for each dialect; `{model}` and Gemini's `{method}` are filled in. Empty: see `unread`. */
  readonly paths: Readonly<Partial<Record<DialectId, string>>>;
  /** Why no path can be called: it speaks no dialect that is read. */
  readonly unread: string | undefined;
  /** GET, lists models, below the base URL. */
  readonly modelsPath: string | undefined;
  /** GET, costs no tokens, below the base URL; undefined where none is known. */
  readonly probePath: string | undefined;
  /** Top-level request fields that an endpoint is documented to ignore or to refuse, although they would change the answer. */
  readonly lacks: Readonly<Partial<Record<DialectId, readonly string[]>>>;
  /** What it does not do, for people. */
  readonly limits: string | undefined;
  /** The page the row was taken from. */
  readonly source: string;
  /** Day it was looked up, YYYY-MM-DD. */
  readonly checked: string;
}

/** By catalog id. */
export function providerById(id: string): ProviderRow | undefined {
  return byId.get(id);
}

/** Every row, in the order of the table. */
export const providers: readonly ProviderRow[] = providerRows;

const byId: ReadonlyMap<string, ProviderRow> = new Map(providers.map((row) => [row.id, row]));

/** How this dialect's calls carry the key. */
export function keyHeaderOf(row: ProviderRow, dialect: DialectId): ProviderKeyHeader | undefined {
  return row.authFor[dialect] ?? row.auth;
}

/**
 * Why this provider cannot take this call in this dialect; undefined when it can.
 * A field that its endpoint would ignore is named, so that the call is refused or sent elsewhere, never answered as if the field had not been there.
 * Fields are all that is looked at: `n` counts as asking for several answers, whatever its value.
 */
export function cannotCarry(row: ProviderRow, dialect: DialectId, facts: Pick<RequestFacts, 'fields'>): string | undefined {
  if (row.paths[dialect] === undefined) return row.unread ?? `${row.name} does not speak ${dialect}`;
  const lacking = row.lacks[dialect] ?? [];
  const field = facts.fields.find((name) => lacking.includes(name));
  return field === undefined ? undefined : `${row.name} does not carry ${field} in ${dialect}`;
}

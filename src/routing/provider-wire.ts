// A provider's own wire: the path a call takes there, and its headers with the pool's key in place of the client's credential.
import type { DialectId, RawHeaders } from '../contract/exchange.ts';

/** How a provider is given its key. */
export interface KeyHeader {
  /** As it goes on the wire: `Authorization`, `x-api-key` … */
  readonly header: string;
  /** Stands before the key, with a space: `Bearer`. */
  readonly scheme: string | undefined;
}

/** The part of a catalog row that paths are made from. */
export interface ProviderPaths {
  /** Path below the base URL for each dialect that is spoken there. `{model}` and `{method}` (Gemini's) are filled in. */
  readonly paths: Readonly<Partial<Record<DialectId, string>>>;
}

/**
 * The path below the provider's base URL; the client's query stays but for credentials in it.
 * `clientPath` tells Gemini's method (`:streamGenerateContent`), `generateContent` where it names none. Undefined: the provider does not speak the dialect.
 */
export function providerCallPath(row: ProviderPaths, dialect: DialectId, clientPath: string, model: string | undefined): string | undefined {
  throw new Error(`not yet: ${String([row, dialect, clientPath, model])}`);
}

/** The client's headers as the provider gets them: credentials and Heimdall's and gateways' own out, the key and the fixed headers in, the rest in place. */
export function providerHeaders(
  headers: RawHeaders,
  options: { readonly auth: KeyHeader | undefined; readonly key: string | undefined; readonly fixed: RawHeaders },
): string[] {
  throw new Error(`not yet: ${String([headers, options])}`);
}

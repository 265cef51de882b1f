// A provider's own wire: the path a call takes there, and its headers with the pool's key in place of the client's credential.
import type { DialectId, RawHeaders } from '../contract/exchange.ts';
import { isClientsOwn, withQuery } from './credentials.ts';

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
 * `clientPath` tells Gemini's method (`:streamGenerateContent`), `generateContent` where it names none, and its model where `model` is undefined.
 * Undefined: the provider does not speak the dialect.
 */
export function providerCallPath(row: ProviderPaths, dialect: DialectId, clientPath: string, model: string | undefined): string | undefined {
  const template = row.paths[dialect];
  if (template === undefined) return undefined;
  const route = clientPath.split('?', 1)[0] ?? '';
  const method = /:([A-Za-z]+)$/.exec(route)?.[1] ?? 'generateContent';
  const filled = template.replace(/\{(model|method)\}/g, (_, name: string) => (name === 'method' ? method : encodedModel(model ?? modelIn(route))));
  return withQuery(filled, clientPath);
}

/** The model that Gemini's path names; empty where it names none. */
function modelIn(route: string): string {
  const written = /\/models\/([^/:]+):[A-Za-z]+$/.exec(route)?.[1] ?? '';
  try {
    return decodeURIComponent(written);
  } catch {
    // Not UTF-8: passed on as it is written, for the provider to refuse.
    return written;
  }
}

/** A model's name as one or more segments of a path: `tunedModels/mine` keeps its slash, whatever could end the path or leave the folder does not stay. */
function encodedModel(model: string): string {
  return model
    .split('/')
    .map((part) => (/^\.{1,2}$/.test(part) ? part.replaceAll('.', '%2E') : encodeURIComponent(part.toWellFormed())))
    .join('/');
}

/** Whose account the client's own key spends from: with another key they would be refused. */
const accounts: ReadonlySet<string> = new Set(['openai-organization', 'openai-project', 'anthropic-workspace-id', 'x-goog-user-project']);

/** The client's headers as the provider gets them: credentials, accounts, and what speaks to Heimdall or a gateway out; the key and the fixed headers in; the rest in place. */
export function providerHeaders(
  headers: RawHeaders,
  { auth, key, fixed }: { readonly auth: KeyHeader | undefined; readonly key: string | undefined; readonly fixed: RawHeaders },
): string[] {
  const kept: string[] = [];
  const present = new Set<string>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const lower = name.toLowerCase();
    if (isClientsOwn(lower) || accounts.has(lower) || lower.startsWith('x-bf-') || lower === auth?.header.toLowerCase()) continue;
    present.add(lower);
    kept.push(name, headers[i + 1] ?? '');
  }
  if (auth !== undefined && key !== undefined) kept.push(auth.header, auth.scheme === undefined ? key : `${auth.scheme} ${key}`);
  // The client's version of a protocol stands: its body was written for that.
  for (let i = 0; i < fixed.length; i += 2) if (!present.has((fixed[i] ?? '').toLowerCase())) kept.push(fixed[i] ?? '', fixed[i + 1] ?? '');
  return kept;
}

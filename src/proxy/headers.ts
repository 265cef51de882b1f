// Looks into and edits raw header lists without disturbing what it does not touch.
import type { RawHeaders } from '../contract/exchange.ts';

/** The first value of a header, undefined when absent. `name` in lower case. */
export function headerValue(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const candidate = headers[i] ?? '';
    if (candidate.length === name.length && candidate.toLowerCase() === name) return headers[i + 1];
  }
  return undefined;
}

/** All values of a header in order. `name` in lower case. */
export function headerValues(headers: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const candidate = headers[i] ?? '';
    if (candidate.length === name.length && candidate.toLowerCase() === name) values.push(headers[i + 1] ?? '');
  }
  return values;
}

/** A list without the headers that `drop` names (asked in lower case). */
export function withoutHeaders(headers: RawHeaders, drop: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!drop(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
}

/** A list in which the header's value is replaced where it stands, or appended where it was absent. */
export function withHeader(headers: RawHeaders, name: string, value: string): string[] {
  const list = [...headers];
  const lower = name.toLowerCase();
  for (let i = 0; i < list.length; i += 2) {
    if (list[i]?.toLowerCase() === lower) {
      list[i + 1] = value;
      return list;
    }
  }
  list.push(name, value);
  return list;
}

const hopByHop = new Set(['connection', 'proxy-connection', 'keep-alive', 'te', 'transfer-encoding', 'upgrade', 'proxy-authorization', 'proxy-authenticate']);

const nothingKept: ReadonlySet<string> = new Set();

/**
 * Leaves out the headers that belong to one hop: the fixed ones, and those the Connection header names (RFC 9110 §7.6.1).
 * `keep` (lower case) names those that must stay in their place all the same, because the next hop is framed or upgraded alike.
 */
export function withoutHopByHop(headers: RawHeaders, keep: ReadonlySet<string> = nothingKept): string[] {
  const named = connectionOptions(headers);
  return withoutHeaders(headers, (name) => (hopByHop.has(name) || named?.has(name) === true) && !keep.has(name));
}

function connectionOptions(headers: RawHeaders): Set<string> | undefined {
  const lines = headerValues(headers, 'connection');
  if (lines.length === 0 || (lines.length === 1 && /^(keep-alive|close)$/i.test(lines[0] ?? ''))) return undefined;
  const named = new Set(lines.flatMap((line) => line.split(',').map((option) => option.trim().toLowerCase())));
  // A sender must not take end-to-end headers away by naming them: what frames or routes the message stays.
  for (const name of ['host', 'content-length', 'content-type', 'content-encoding', 'authorization', 'cookie']) named.delete(name);
  return named;
}

/** True when a comma-separated header holds the option. Both in lower case. */
export function hasOption(headers: RawHeaders, name: string, option: string): boolean {
  return headerValues(headers, name).some((line) => line.split(',').some((entry) => entry.trim().toLowerCase() === option));
}

// Makes a header list fit for HTTP/2: lower case, no connection headers (RFC 9113 §8.2).
import type { RawHeaders } from '../../contract/exchange.ts';
import { withoutHopByHop } from '../headers.ts';

/** Order and duplicates are kept; case cannot be. `host` is left out: HTTP/2 carries it as `:authority`. */
export function toHttp2Headers(headers: RawHeaders): string[] {
  const list = withoutHopByHop(headers);
  const result: string[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const name = (list[i] ?? '').toLowerCase();
    if (name !== 'host' && name !== 'http2-settings') result.push(name, list[i + 1] ?? '');
  }
  return result;
}

/** The same as a record, for the calls of node:http2 that take no list; repeated names become an array. */
export function toHttp2Record(headers: RawHeaders): Record<string, string | string[]> {
  const list = toHttp2Headers(headers);
  const record: Record<string, string | string[]> = {};
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] ?? '';
    const value = list[i + 1] ?? '';
    const before = record[name];
    if (before === undefined) record[name] = value;
    else record[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return record;
}

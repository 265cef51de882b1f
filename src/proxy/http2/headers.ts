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

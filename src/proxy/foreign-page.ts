// Tells calls that a web page makes to a host other than its own. Threat: any page the user opens could otherwise spend the virtual key.
import type { RequestHead } from '../contract/exchange.ts';
import { headerValue } from './headers.ts';

/** True for a browser's request on behalf of a page of another site. Programs, and desktop apps with their own schemes (`app:`, `vscode-file:`), send no such origin. */
export function isForeignPage(head: RequestHead): boolean {
  if (headerValue(head.headers, 'sec-fetch-site') === 'cross-site') return true;
  const origin = headerValue(head.headers, 'origin');
  if (origin === undefined) return false;
  // `null` is what a sandboxed frame of any page says.
  if (origin === 'null') return true;
  return URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).hostname !== head.host;
}

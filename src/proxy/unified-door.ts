// The unified API at the agent's own port: who may enter, with which key, and to which call. It makes no call itself.
// Threat: web pages. Any page the user opens can send requests to this port, also under a name of its own that resolves to 127.0.0.1.
import type { Refusal } from '../contract/dialect.ts';
import type { VirtualKeySettings } from '../contract/budget.ts';
import type { DialectId, RawHeaders, RequestHead, Surface } from '../contract/exchange.ts';
import { doorPlace } from './door-paths.ts';
import type { DoorFamily, ModelListShape } from './door-paths.ts';
import { headerValues } from './headers.ts';

export type PresentedKey =
  | { readonly kind: 'key'; readonly settings: VirtualKeySettings }
  | { readonly kind: 'expired' }
  /** A key, but none of this device. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none' };

export interface DoorRules {
  readonly enabled: boolean;
  /** The port the agent listens on. */
  readonly port: number;
  /** `query` begins with its question mark; it is empty where the dialect has no keys in queries. */
  readonly findKey: (headers: RawHeaders, query: string) => PresentedKey;
}

export type DoorEntry =
  /** No path of the door: the pages answer. */
  | { readonly kind: 'none' }
  /** `path` takes the place of the head's: that of the vendor's own API, without prefix and key. */
  | { readonly kind: 'call'; readonly dialect: DialectId; readonly key: VirtualKeySettings; readonly surface: Surface; readonly path: string }
  | { readonly kind: 'models'; readonly shape: ModelListShape; readonly model: string | undefined; readonly key: VirtualKeySettings }
  /** `unsupported`: nothing of the door is at this path, or not by this method. Both are answered in the dialect's own error shape. */
  | { readonly kind: 'refused' | 'unsupported'; readonly refusal: Refusal; readonly dialect: DialectId };

/** Judges a request that names no host (origin form). Pure: it looks at the head alone. */
export function enterDoor(head: RequestHead, rules: DoorRules): DoorEntry {
  if (!rules.enabled) return { kind: 'none' };
  const place = doorPlace(head.method, head.path);
  if (place === undefined) return { kind: 'none' };
  const { family } = place;
  const dialect = place.kind === 'call' ? place.dialect : family.dialect;
  const foreign = foreignTo(head, rules.port);
  if (foreign !== undefined) return { kind: 'refused', dialect, refusal: { status: 403, code: 'address-refused', message: foreign } };
  if (place.kind === 'unsupported')
    return { kind: 'unsupported', dialect, refusal: { status: place.status, code: 'bad-request', message: `Heimdall: ${place.message}` } };
  const found = rules.findKey(head.headers, family.prefix === '/genai' ? queryOf(head.path) : '');
  if (found.kind !== 'key') return { kind: 'refused', dialect, refusal: { status: 401, code: 'key-required', message: keyAdvice[found.kind] } };
  if (place.kind === 'models') return { kind: 'models', shape: place.shape, model: place.model, key: found.settings };
  return { kind: 'call', dialect, key: found.settings, surface: surfaceOf(family), path: place.path };
}

const howToGetOne = 'Make one with `heimdall keys create my-app` and give it to this program as its API key.';

const keyAdvice: Readonly<Record<Exclude<PresentedKey['kind'], 'key'>, string>> = {
  none: `The unified API of Heimdall takes calls with a virtual key of this device. ${howToGetOne}`,
  unknown: `The API key of this call is no virtual key of this device; a provider's own key is of no use here. ${howToGetOne}`,
  expired: `The virtual key of this call has expired. ${howToGetOne}`,
};

/** Why the request may come from a web page, in words for a developer; undefined when it does not. */
function foreignTo(head: RequestHead, port: number): string | undefined {
  const hosts = headerValues(head.headers, 'host');
  if (hosts.length !== 1 || !isOwnName(hosts[0] ?? '', port))
    return `Heimdall answers here only as http://127.0.0.1:${port}, http://[::1]:${port} or http://localhost:${port}: under another name this could be a web page.`;
  const sites = headerValues(head.headers, 'sec-fetch-site');
  // `same-site` is a page at another port of this machine.
  const isBrowsers = sites.some((site) => site !== 'none' && site !== 'same-origin') || headerValues(head.headers, 'origin').some(isPage);
  return isBrowsers
    ? 'Heimdall does not answer web pages: a key in a page is in the hands of whoever wrote it. Call from a program, or from a server.'
    : undefined;
}

function isOwnName(host: string, port: number): boolean {
  const match = /^(127\.0\.0\.1|\[::1\]|localhost)(?::([0-9]{1,5}))?$/i.exec(host);
  return match !== null && Number(match[2] ?? 80) === port;
}

/** Desktop apps have schemes of their own (`app:`, `vscode-file:`); `null` is what a sandboxed frame of any page says. */
function isPage(origin: string): boolean {
  return !URL.canParse(origin) || /^https?:$/.test(new URL(origin).protocol);
}

function queryOf(path: string): string {
  const at = path.indexOf('?');
  return at < 0 ? '' : path.slice(at);
}

function surfaceOf({ prefix }: DoorFamily): Surface {
  return { provider: 'unified', product: 'Unified API', pattern: prefix, kind: 'api', handling: 'intercept', forward: 'route' };
}

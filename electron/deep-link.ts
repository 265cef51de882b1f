// Reads heimdall:// addresses. Threat: any web page can make the system open one, so nothing follows from it but showing a view.
import { views } from '../src/contract/shell.ts';
import type { View } from '../src/contract/shell.ts';

export const deepLinkScheme = 'heimdall';

const longest = 2048;

export type DeepLink =
  | { readonly kind: 'view'; readonly view: View; readonly id?: string }
  /** Reserved for signing in: well formed, and for now it only shows the settings. */
  | { readonly kind: 'sign-in' };

/** Undefined for anything that is not exactly one of our addresses. */
function readDeepLink(text: string): DeepLink | undefined {
  if (text.length > longest || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== `${deepLinkScheme}:` || url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '') return undefined;
  if (url.hostname === 'sign-in') return url.pathname === '/callback' ? { kind: 'sign-in' } : undefined;
  if (url.hostname !== 'view' || url.search !== '') return undefined;
  const [, name = '', id, ...rest] = url.pathname.split('/');
  const view = views.find((each) => each === name);
  if (view === undefined || rest.length > 0) return undefined;
  if (id === undefined) return { kind: 'view', view };
  return view === 'activity' && isExchangeId(id) ? { kind: 'view', view, id } : undefined;
}

/** The link among the arguments of a second launch. */
export function deepLinkIn(argv: readonly string[]): DeepLink | undefined {
  const text = argv.find((argument) => argument.startsWith(`${deepLinkScheme}://`));
  return text === undefined ? undefined : readDeepLink(text);
}

function isExchangeId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

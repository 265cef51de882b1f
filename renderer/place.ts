// Where the window stands, as text in the address: `#/activity?id=…`, `#/ask/ID`, `#/first-run`.
import type { View } from '../src/contract/shell.ts';

export type PageName = View | 'ask' | 'first-run';

export interface Place {
  readonly page: PageName;
  /** The question of an `ask` page. */
  readonly id: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

// Named here and not imported as a value: the contract's file would bring its validator into the bundle.
export const viewNames: readonly View[] = ['status', 'activity', 'apps', 'policy', 'targets', 'diagnostics', 'settings', 'about'];
const pages: readonly string[] = [...viewNames, 'ask', 'first-run'];
const isPage = (name: string): name is PageName => pages.includes(name);

/** Anything malformed leads to the status view. */
export function parsePlace(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [page = '', id] = path.split('/').map(decode);
  if (!isPage(page)) return { page: 'status', id: undefined, query: {} };
  return { page, id, query: Object.fromEntries(new URLSearchParams(search)) };
}

export function placeHash(page: PageName, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${page}${search === '' ? '' : `?${search}`}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

// Moves between views: the address's hash is the state, so back, deep links and the shell's `navigate` all work alike.
import { useSyncExternalStore } from 'react';
import { shell } from './bridge.ts';
import { parsePlace, placeHash } from './place.ts';
import type { PageName, Place } from './place.ts';

let known: { readonly hash: string; readonly place: Place } | undefined;

function currentPlace(): Place {
  const { hash } = window.location;
  if (known?.hash !== hash) known = { hash, place: parsePlace(hash) };
  return known.place;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function usePlace(): Place {
  return useSyncExternalStore(subscribe, currentPlace);
}

/** `go('activity', { id })` opens that exchange. */
export function go(page: PageName, query: Readonly<Record<string, string>> = {}): void {
  window.location.hash = placeHash(page, query);
}

/** Changes the query of the view that is shown, without a step in the history. */
export function replaceQuery(query: Readonly<Record<string, string>>): void {
  window.history.replaceState(null, '', placeHash(currentPlace().page, query));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

export function followShellNavigation(): void {
  shell.on('navigate', ({ view, id }) => go(view, id === undefined ? {} : { id }));
}

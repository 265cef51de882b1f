// The window's one store: fed by the bridge's events, read by components with `useFace`.
import { useSyncExternalStore } from 'react';
import { applyMessage, emptyState, isConnected } from './agent-events.ts';
import type { FaceMessage, FaceState } from './agent-events.ts';
import { agent, shell } from './bridge.ts';

let state: FaceState = emptyState;
const listeners = new Set<() => void>();

function take(message: FaceMessage): void {
  const before = state;
  state = applyMessage(state, message);
  if (state === before) return;
  for (const listener of listeners) listener();
  if (isConnected(state.link) && !isConnected(before.link)) watch();
}

/** Asks for a fresh snapshot; a link that is down again will say so itself and come back here. */
function watch(): void {
  agent.call('watch', {}).catch(() => undefined);
}

/** Called once, before the first render. */
export async function followAgent(): Promise<void> {
  agent.on('snapshot', (snapshot) => take({ kind: 'snapshot', snapshot }));
  agent.on('status.changed', (status) => take({ kind: 'status', status }));
  agent.on('audit.appended', (rows) => take({ kind: 'rows', rows }));
  agent.on('ask.opened', (question) => take({ kind: 'ask-opened', question }));
  agent.on('ask.closed', ({ id }) => take({ kind: 'ask-closed', id }));
  shell.on('link.changed', (link) => take({ kind: 'link', link }));
  shell.on('preferences.changed', (preferences) => take({ kind: 'preferences', preferences }));
  take({ kind: 'shell', info: await shell.call('shell.info', {}) });
}

/** Asks how things are now, between the changes that the agent tells by itself. */
export async function refreshStatus(): Promise<void> {
  if (!isConnected(state.link) || document.visibilityState !== 'visible') return;
  await agent.call('status.get', {}).then(
    (status) => take({ kind: 'status', status }),
    () => undefined,
  );
}

export const currentFace = (): FaceState => state;

export function subscribeFace(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A part of the state; renders again only when that part is another object. Select, do not build: `useFace((face) => face.status)`. */
export function useFace<T>(select: (face: FaceState) => T): T {
  return useSyncExternalStore(subscribeFace, () => select(state));
}

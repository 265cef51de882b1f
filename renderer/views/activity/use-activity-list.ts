// Holds the list of one filter while the view is shown, and tells it what the agent writes.
import { useEffect, useState, useSyncExternalStore } from 'react';
import { isConnected } from '../../agent-events.ts';
import { useFace } from '../../agent-state.ts';
import { agent } from '../../bridge.ts';
import { withTimeout } from '../../use-call.ts';
import { ActivityList } from './activity-list.ts';
import type { ListSource, ListState } from './activity-list.ts';
import { matchOf } from './filter.ts';
import type { ActivityFilter } from './filter.ts';

// A search over a long log reads it; past this the agent is stuck, not slow.
const answerMs = 30_000;

const source: ListSource = {
  count: (match) => withTimeout(agent.call('audit.count', match), answerMs),
  page: (params) => withTimeout(agent.call('audit.page', params), answerMs),
  query: (filter) => withTimeout(agent.call('audit.query', filter), answerMs),
};

export function useActivityList(filter: ActivityFilter): { readonly list: ActivityList; readonly state: ListState } {
  const key = JSON.stringify(filter);
  const [held, setHeld] = useState(() => ({ key, list: listFor(filter) }));
  let current = held;
  if (held.key !== key) {
    current = { key, list: listFor(filter) };
    setHeld(current);
  }
  const { list } = current;
  useEffect(() => {
    void list.load();
    const stop = agent.on('audit.appended', (rows) => list.appended(rows.at(-1)?.seq ?? 0));
    // After a gap the agent begins anew with what is recent; an agent that was still starting now has its log.
    const stopSnapshots = agent.on('snapshot', ({ recent }) => {
      if (list.state().phase === 'failed') void list.load();
      else list.appended(recent.reduce((newest, { seq }) => Math.max(newest, seq), 0));
    });
    return () => {
      stop();
      stopSnapshots();
      list.dispose();
    };
  }, [list]);
  const state = useSyncExternalStore(list.subscribe, list.state);
  const connected = isConnected(useFace((face) => face.link));
  useEffect(() => {
    if (connected && list.state().phase === 'failed') void list.load();
  }, [connected, list]);
  return { list, state };
}

const listFor = (filter: ActivityFilter): ActivityList => new ActivityList(source, matchOf(filter, Date.now()));

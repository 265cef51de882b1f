// What the person sees of Heimdall outside its window: the tray, notifications, and the small windows that ask.
import type { AgentLink } from '../src/contract/shell.ts';
import type { AgentFeed, AgentMessage } from './agent-feed.ts';
import { Notices } from './notices.ts';
import { showNotification } from './notification.ts';
import type { PreferencesStore } from './preferences.ts';
import { trayModel } from './tray-menu.ts';
import type { TrayAction } from './tray-menu.ts';
import { createTray } from './tray.ts';
import type { Windows } from './windows.ts';

export interface PresenceOptions {
  readonly icons: string;
  readonly windows: Windows;
  readonly feed: AgentFeed;
  readonly preferences: PreferencesStore;
  readonly link: () => AgentLink;
  readonly restartAgent: () => Promise<void>;
  readonly quit: () => void;
}

export interface Presence {
  /** Something that the tray shows may have changed. */
  refresh(): void;
  take(message: AgentMessage): void;
}

/** Times in the menu are of now, also when nothing else changes. */
const refreshEveryMs = 30_000;

/** Call when Electron is ready. */
export function createPresence(options: PresenceOptions): Presence {
  const { windows, feed, preferences, link } = options;
  const tray = createTray({ icons: options.icons, act: (action) => void act(action, options) });
  const refresh = (): void => {
    const { snapshot } = feed;
    // An agent that is gone has dropped its questions with it.
    windows.keepAsking((snapshot?.questions ?? []).map(({ id }) => id));
    tray.show(trayModel({ link: link(), status: snapshot?.status, now: Date.now() }));
  };
  const notices = new Notices({
    preference: () => preferences.current.notifications,
    show: (notice) => showNotification(notice, (id) => windows.showMain({ view: 'activity', id })),
    now: Date.now,
    later: (ms, work) => setTimeout(work, ms),
  });
  setInterval(refresh, refreshEveryMs);
  refresh();
  return {
    refresh,
    take: (message) => {
      if (message.event === 'audit.appended') notices.take(message.data);
      if (message.event === 'ask.opened') windows.showAsk(message.data.id);
      if (message.event === 'ask.closed') windows.closeAsk(message.data.id);
      if (message.event === 'snapshot') for (const { id } of message.data.questions) windows.showAsk(id);
      if (message.event === 'snapshot' || message.event === 'status.changed') refresh();
    },
  };
}

async function act(action: TrayAction, { windows, feed, restartAgent, quit }: PresenceOptions): Promise<void> {
  const ask = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch {
      windows.showMain({ view: 'status' }); // there it says why, and what to do
    }
  };
  switch (action.kind) {
    case 'open':
      windows.showMain({ view: action.view });
      break;
    case 'pause':
      await ask(feed.call('agent.pause', { minutes: action.minutes }));
      break;
    case 'resume':
      await ask(feed.call('agent.resume', {}));
      break;
    case 'restart':
      await ask(restartAgent());
      break;
    case 'quit':
      quit();
  }
}

// The shell's entry: one instance, one agent, the bridge, the windows; joins what the other files do.
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, Menu, nativeTheme } from 'electron';
import { heimdallPaths } from '../src/config/paths.ts';
import type { ControlClient } from '../src/contract/control.ts';
import { version } from '../src/contract/version.ts';
import { connectControl } from '../src/control/client.ts';
import { controlPath } from '../src/control/path.ts';
import { runRestore, startAgentChild } from './agent-child.ts';
import { AgentFeed } from './agent-feed.ts';
import { agentProgram } from './agent-program.ts';
import { AgentSupervisor } from './agent-supervisor.ts';
import { broadcastAgentEvent, broadcastShellEvent, openBridge, sendAgentEvent } from './bridge.ts';
import { CappedLog } from './capped-log.ts';
import { deepLinkIn, deepLinkScheme } from './deep-link.ts';
import type { DeepLink } from './deep-link.ts';
import { declareFaceScheme, serveFace } from './face-protocol.ts';
import { hardenPages, hardenSession } from './hardening.ts';
import { isHiddenStart } from './login-item.ts';
import { openPreferences } from './preferences.ts';
import { createPresence } from './presence.ts';
import type { Presence } from './presence.ts';
import { shellHandlers } from './shell-handlers.ts';
import { createWindows } from './windows.ts';

const here = import.meta.dirname;
const { platform, env } = process;
const { dataDir } = heimdallPaths({ platform, env, home: homedir(), cwd: process.cwd() });

// What Chromium writes belongs to the data folder as well; the lock of the single instance stands there, so each data folder has its own shell.
const shellFolder = join(dataDir, 'shell');
mkdirSync(shellFolder, { recursive: true, mode: 0o700 });
app.setPath('userData', shellFolder);
app.setPath('sessionData', shellFolder);
// Whoever starts it as root has to switch the sandbox off; asking for it all the same would keep every child process from starting.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
declareFaceScheme();
hardenPages();

if (app.requestSingleInstanceLock()) start();
else app.quit();

function start(): void {
  const preferences = openPreferences(shellFolder);
  const windows = createWindows({ preload: join(here, 'preload.cjs'), icon: join(here, 'icons', 'app-256.png') });
  const program = agentProgram({ isPackaged: app.isPackaged, resourcesPath: process.resourcesPath, platform, env });
  const log = new CappedLog(join(dataDir, 'logs', 'agent-output.log'));

  let presence: Presence | undefined;
  const feed = new AgentFeed((message) => {
    broadcastAgentEvent(message);
    presence?.take(message);
  });
  const supervisor = new AgentSupervisor<ControlClient>({
    connect: () => connectControl(controlPath(dataDir, platform, env)),
    spawn: program === undefined ? undefined : () => startAgentChild({ program, dataDir, env, log }),
    restore: () => (program === undefined ? Promise.resolve(undefined) : runRestore({ program, dataDir, env })),
    askToStop: async (client) => {
      await client.call('agent.stop', { restart: true });
    },
    versionOf: async (client) => (await client.call('status.get', {})).version,
    ownVersion: version,
    now: Date.now,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    onLink: (link) => {
      broadcastShellEvent('link.changed', link);
      presence?.refresh();
    },
    onClient: (client) => {
      feed.use(client);
      presence?.refresh();
    },
  });

  openBridge({
    callAgent: feed.call,
    watch: (window) => {
      if (feed.snapshot !== undefined) sendAgentEvent(window, { event: 'snapshot', data: feed.snapshot });
    },
    handlers: shellHandlers({
      call: feed.call,
      preferences,
      link: () => supervisor.link,
      restartAgent: () => supervisor.restart(),
      onPreferences: () => (nativeTheme.themeSource = themeSource(preferences.current.theme)),
    }),
  });

  const follow = (link: DeepLink | undefined): void => {
    if (link === undefined) windows.showMain();
    else if (link.kind === 'sign-in') windows.showMain({ view: 'settings' });
    else windows.showMain(link);
  };
  app.on('second-instance', (_event, argv) => follow(deepLinkIn(argv)));
  app.on('activate', () => windows.showMain());
  app.on('window-all-closed', () => undefined); // the tray stays
  app.setAsDefaultProtocolClient(deepLinkScheme);

  let isStopped = false;
  app.on('before-quit', (event) => {
    if (isStopped) return;
    event.preventDefault();
    if (feed.snapshot?.status.rights.mayQuit === false) {
      windows.showMain({ view: 'policy' }); // there it says that policy keeps Heimdall running
      return;
    }
    void supervisor.stop().finally(() => {
      isStopped = true;
      log.close();
      app.quit();
    });
  });

  void app.whenReady().then(() => {
    nativeTheme.themeSource = themeSource(preferences.current.theme);
    hardenSession();
    setApplicationMenu();
    serveFace(join(here, 'face'));
    presence = createPresence({
      icons: join(here, 'icons'),
      windows,
      feed,
      preferences,
      link: () => supervisor.link,
      restartAgent: () => supervisor.restart(),
      quit: () => app.quit(),
    });
    void supervisor.run();
    if (!isHiddenStart(process.argv)) follow(deepLinkIn(process.argv));
  });
}

/** macOS takes copy and paste from the menu; elsewhere a menu would only offer reloading and developer tools. */
function setApplicationMenu(): void {
  if (platform === 'darwin') Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]));
  else Menu.setApplicationMenu(null);
}

function themeSource(theme: 'system' | 'light' | 'dark' | 'contrast'): 'system' | 'light' | 'dark' {
  return theme === 'contrast' ? 'system' : theme;
}

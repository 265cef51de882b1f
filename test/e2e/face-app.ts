// Launches the real app in the real Electron on a screen of its own, attached to whichever agent serves the data folder.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import type { ConsoleMessage, ElectronApplication, Page } from 'playwright-core';
import { ensureBundle } from '../../build/bundle.ts';
import { findElectron } from '../../build/electron-runtime.ts';
import { startDisplay } from './display.ts';
import type { VirtualDisplay } from './display.ts';
import type { FakeAgent } from './fake-agent.ts';

export type Theme = 'light' | 'dark' | 'contrast';

export interface LaunchOptions {
  /** The agent to attach to, or the folder where one is found or started. */
  readonly agent: FakeAgent | { readonly dataDir: string };
  /** Default: what the system says. */
  readonly theme?: Theme;
  /** A place in the window: `activity`, `activity?id=…`, `first-run`; default `status`. */
  readonly place?: string;
  /** `false` starts with the first-run steps. */
  readonly firstRunDone?: boolean;
  /** Shared between launches; otherwise one is started and closed with the app. */
  readonly display?: VirtualDisplay;
  readonly env?: Readonly<Record<string, string>>;
  /** A folder for preferences that outlives the app. */
  readonly configDir?: string;
}

export interface FaceApp {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** Errors of the page and its console, since the start. */
  readonly complaints: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly display: VirtualDisplay;
  /** Milliseconds from the launch to the window's first content. */
  readonly startedInMs: number;
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');

export async function launchFace(options: LaunchOptions): Promise<FaceApp> {
  const folder = await ensureBundle();
  const runtime = await findElectron();
  const display = options.display ?? (await startDisplay());
  const configDir = options.configDir ?? mkdtempSync(join(tmpdir(), 'hd-config-'));
  writePreferences(options.agent.dataDir, { firstRunDone: options.firstRunDone ?? true, ...(options.theme === undefined ? {} : { theme: options.theme }) });
  const env = environment(display, options, configDir);
  const close = async (app?: ElectronApplication): Promise<void> => {
    if (app !== undefined) await closeApp(app);
    if (options.display === undefined) await display.close();
    if (options.configDir === undefined) rmSync(configDir, { recursive: true, force: true });
  };
  const began = performance.now();
  try {
    const app = await launched({ executablePath: runtime.executable, args: [...rootSwitches(), folder], env, timeout: 20_000 });
    const complaints: string[] = [];
    const page = await app.firstWindow();
    listen(page, complaints);
    await page.waitForSelector('#root > *');
    const startedInMs = performance.now() - began;
    if (options.place !== undefined) await goTo(page, options.place);
    return { app, page, complaints, env, display, startedInMs, close: () => close(app) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Playwright now and then attaches to Electron's inspector too late to see its main context, and waits for it for ever: it attaches anew. */
async function launched(options: Parameters<typeof _electron.launch>[0]): Promise<ElectronApplication> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await _electron.launch(options);
    } catch (error) {
      if (tries === 3 || !String(error).includes('Timeout')) throw error;
    }
  }
}

/** Root cannot have Chromium's sandbox; anyone else keeps it, as users do. */
export function rootSwitches(): string[] {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}

/** Moves by the address, as links and the shell do. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.evaluate(`window.location.hash = ${JSON.stringify(`#/${place}`)}`);
  await page.waitForTimeout(50);
}

/** Until nothing says it loads and what moves has come to rest. */
export async function settle(page: Page): Promise<void> {
  await until(page, `document.querySelector('[aria-busy="true"]') === null`);
  await until(page, `document.getAnimations().every((one) => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity)`);
  await page.waitForTimeout(120);
}

/** Asks again from here: the page's content policy forbids what `waitForFunction` does to ask again by itself. */
async function until(page: Page, condition: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await page.evaluate<boolean>(condition))) {
    if (Date.now() > deadline) throw new Error(`The window did not come to rest: ${condition}`);
    await page.waitForTimeout(50);
  }
}

function environment(display: VirtualDisplay, options: LaunchOptions, configDir: string): Record<string, string> {
  const home = join(configDir, 'home');
  mkdirSync(home, { recursive: true });
  const all: NodeJS.ProcessEnv = {
    ...display.env,
    HOME: home,
    XDG_CONFIG_HOME: configDir,
    HEIMDALL_DATA_DIR: options.agent.dataDir,
    HEIMDALL_NODE: process.execPath,
    HEIMDALL_AGENT: join(root, 'src/main.ts'),
    NODE_OPTIONS: undefined,
    ELECTRON_RUN_AS_NODE: undefined,
    ...options.env,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Where the shell keeps them. */
function writePreferences(dataDir: string, preferences: object): void {
  const folder = join(dataDir, 'shell');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'preferences.json'), JSON.stringify(preferences));
}

function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.type()}: ${message.text()}`);
  });
}

/** Quits as a person would, with the agent of the shell; a process that does not go is ended. */
async function closeApp(app: ElectronApplication): Promise<void> {
  const child = app.process();
  const ended = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  app.evaluate(({ app: electron }) => electron.quit()).catch(() => undefined); // not `exit`: quitting takes the agent that the shell started along
  await ended;
  clearTimeout(timer);
}

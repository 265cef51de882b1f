// Takes the pictures of the window: every view and state in every theme, into artefacts/screenshots. `node test/e2e/screenshots.ts [NAME…] [light|dark|contrast]`
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { goTo, launchFace, settle } from './face-app.ts';
import type { FaceApp, Theme } from './face-app.ts';
import { startDisplay } from './display.ts';
import type { VirtualDisplay } from './display.ts';
import { startFakeAgent } from './fake-agent.ts';
import type { FakeAgent } from './fake-agent.ts';
import type { RowFlavour } from './fake-rows.ts';
import { scenarios } from './fake-states.ts';

export const screenshotFolder = join(import.meta.dirname, '../../artefacts/screenshots');
export const allThemes: readonly Theme[] = ['light', 'dark', 'contrast'];

export interface Shot {
  readonly name: string;
  /** Contrast is drawn for few: it has the same layout everywhere. */
  readonly contrast: boolean;
  /** Brings agent and window to the moment of the picture. */
  readonly arrange: (agent: FakeAgent, page: Page) => Promise<void>;
}

const view = (name: string, place = name, contrast = false): Shot => ({
  name,
  contrast,
  arrange: async (agent, page) => {
    agent.setScenario('protected');
    await goTo(page, place);
  },
});

/** Opens an exchange of this kind in Activity. */
const drawer = (name: string, flavour: RowFlavour): Shot => ({
  name,
  contrast: false,
  arrange: async (agent, page) => {
    const [row] = agent.emitRows(flavour);
    await goTo(page, `activity?id=${row?.id ?? ''}`);
    await page.waitForSelector('aside, [role="dialog"]');
  },
});

export const shots: readonly Shot[] = [
  ...scenarios.map((scenario): Shot => {
    const arrange = async (agent: FakeAgent, page: Page): Promise<void> => {
      agent.setScenario(scenario);
      await goTo(page, 'status');
    };
    return { name: `status-${scenario}`, contrast: scenario === 'protected', arrange };
  }),
  view('activity', 'activity', true),
  drawer('activity-redacted', 'redacted'),
  drawer('activity-blocked', 'blocked'),
  drawer('activity-retried', 'retried'),
  view('apps'),
  {
    name: 'apps-coverage',
    contrast: true,
    arrange: async (agent, page) => {
      agent.setScenario('protected');
      await goTo(page, 'apps');
      await page.getByRole('button', { name: /^Coverage of Gemini CLI/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  view('policy'),
  view('targets'),
  {
    name: 'targets-budgets',
    contrast: true,
    arrange: async (agent, page) => {
      agent.setScenario('protected');
      await goTo(page, 'targets');
      await page.getByText('key:ci').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'targets-degraded',
    contrast: false,
    arrange: async (agent, page) => {
      agent.setScenario('degraded');
      await goTo(page, 'targets');
      await page.getByText('Gets no calls: taken out by a person.').waitFor();
    },
  },
  view('diagnostics'),
  view('settings'),
  view('about'),
  {
    name: 'first-run',
    contrast: false,
    arrange: async (_agent, page) => await goTo(page, 'first-run'),
  },
  {
    name: 'ask',
    contrast: false,
    arrange: async (agent, page) => {
      const { id } = agent.ask();
      await goTo(page, `ask/${id}`);
    },
  },
];

export const themesOf = (shot: Shot): readonly Theme[] => (shot.contrast ? allThemes : ['light', 'dark']);

export interface Studio {
  readonly face: FaceApp;
  readonly agent: FakeAgent;
  close(): Promise<void>;
}

/** One window with one theme, for any number of pictures. */
export async function openStudio(theme: Theme, display?: VirtualDisplay, options: { readonly rows?: number } = {}): Promise<Studio> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hd-'));
  const agent = await startFakeAgent({ dataDir, ...options });
  const clean = async (): Promise<void> => {
    await agent.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const face = await launchFace({ agent, theme, ...(display === undefined ? {} : { display }) });
    await face.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(1180, 760));
    return {
      face,
      agent,
      close: async () => {
        await face.close();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

export async function take(shot: Shot, theme: Theme, { agent, face }: Studio): Promise<string> {
  await shot.arrange(agent, face.page);
  await settle(face.page);
  const path = join(screenshotFolder, `${shot.name}-${theme}.png`);
  mkdirSync(screenshotFolder, { recursive: true });
  await face.page.screenshot({ path });
  return path;
}

async function takeAll(wanted: readonly string[]): Promise<void> {
  const themes = allThemes.filter((theme) => wanted.includes(theme));
  const names = wanted.filter((word) => !allThemes.some((theme) => theme === word));
  const chosen = shots.filter(({ name }) => names.length === 0 || names.some((word) => name === word || name.startsWith(`${word}-`)));
  if (chosen.length === 0) throw new Error(`No such picture. Known: ${shots.map(({ name }) => name).join(', ')}.`);
  const display = await startDisplay();
  try {
    for (const theme of themes.length > 0 ? themes : allThemes) {
      const now = chosen.filter((shot) => themes.length > 0 || themesOf(shot).includes(theme));
      if (now.length === 0) continue;
      const studio = await openStudio(theme, display);
      try {
        for (const shot of now) process.stdout.write(`${await take(shot, theme, studio)}\n`);
        for (const complaint of studio.face.complaints) process.stderr.write(`${complaint}\n`);
      } finally {
        await studio.close();
      }
    }
  } finally {
    await display.close();
  }
}

if (import.meta.main) await takeAll(process.argv.slice(2));

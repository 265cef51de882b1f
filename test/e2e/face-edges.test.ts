// The window where there is nothing to show: an agent that saw nothing yet, no agent at all, and a page that is none of ours.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { views } from '../../src/contract/shell.ts';
import { axeFaults } from './axe.ts';
import { startDisplay } from './display.ts';
import type { VirtualDisplay } from './display.ts';
import { goTo, launchFace, settle } from './face-app.ts';
import type { FaceApp } from './face-app.ts';
import { openStudio, screenshotFolder } from './screenshots.ts';
import type { Studio } from './screenshots.ts';

let display: VirtualDisplay;
beforeAll(async () => {
  display = await startDisplay();
});
afterAll(async () => await display.close());

describe('the window of an agent that saw nothing yet', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio('light', display, { rows: 0 });
  });
  afterAll(async () => await studio.close());

  it.each(views)('shows %s without a fault, and axe has nothing to say', async (view) => {
    const { page } = studio.face;
    await goTo(page, view);
    await settle(page);
    expect(await axeFaults(page)).toEqual([]);
    expect(studio.face.complaints).toEqual([]);
    await page.screenshot({ path: join(screenshotFolder, `empty-${view}-light.png`) });
  });

  it('shows the first call as soon as there is one', async () => {
    const { page } = studio.face;
    await goTo(page, 'activity');
    await page.getByText('No activity yet').waitFor();
    studio.agent.emitRows('forwarded');
    await page.locator('[role=gridcell]').first().waitFor();
  });

  it('lets no page but ours use the bridge, whoever gives it the preload script', async () => {
    const { app } = studio.face;
    const opened = app.waitForEvent('window');
    const refused = await app.evaluate(async ({ BrowserWindow, app: shell }) => {
      const preload = `${shell.getAppPath()}/preload.cjs`;
      const window = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true, contextIsolation: true } });
      const reasons = [];
      for (const address of ['data:text/html,foreign', 'http://127.0.0.1:9/', 'file:///etc/hostname']) {
        reasons.push(await window.loadURL(address).then(() => 'loaded', String));
      }
      await window.loadURL('about:blank');
      return reasons;
    });
    expect(refused.map((reason) => reason.includes('ERR_BLOCKED_BY_CLIENT'))).toEqual([true, true, true]);
    const foreign = await opened;
    const answer = await foreign.evaluate<{ ok: boolean }>(`window.heimdall.invoke('agent', 'status.get', {})`);
    expect(answer).toMatchObject({ ok: false });
    await foreign.close();
  });
});

describe('the window without an agent', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hd-'));
  let face: FaceApp;
  beforeAll(async () => {
    // A program that cannot start: the shell tries it as often as it would the real one.
    face = await launchFace({ agent: { dataDir }, display, env: { HEIMDALL_AGENT: join(dataDir, 'no-such-agent.ts') }, theme: 'light' });
  });
  afterAll(async () => {
    await face.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('says that none runs, what that means, and gives every view a way to be', { timeout: 90_000 }, async () => {
    const { page } = face;
    await page.getByRole('status').getByText('Not running').waitFor({ timeout: 60_000 });
    await page.screenshot({ path: join(screenshotFolder, 'status-no-agent-light.png') });
    for (const view of views) {
      await goTo(page, view);
      await settle(page);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await axeFaults(page)).toEqual([]);
    }
    expect(face.complaints).toEqual([]);
  });
});

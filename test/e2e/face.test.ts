// Every view and state of the real window on a fake agent: it shows, it complains of nothing, axe finds nothing, and a picture is kept.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentError } from '../../src/contract/errors.ts';
import { axeFaults } from './axe.ts';
import { startDisplay } from './display.ts';
import type { VirtualDisplay } from './display.ts';
import { goTo, settle } from './face-app.ts';
import { allThemes, openStudio, shots, take, themesOf } from './screenshots.ts';
import type { Studio } from './screenshots.ts';

let display: VirtualDisplay;
beforeAll(async () => {
  display = await startDisplay();
});
afterAll(async () => await display.close());

describe.each(allThemes)('the window in %s', (theme) => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio(theme, display);
  });
  afterAll(async () => await studio.close());

  it.each(shots.filter((shot) => themesOf(shot).includes(theme)))('shows $name, and axe has nothing to say', async (shot) => {
    await take(shot, theme, studio);
    expect(await axeFaults(studio.face.page)).toEqual([]);
    expect(await studio.face.page.locator('h1').count()).toBe(1);
    expect(studio.face.complaints).toEqual([]);
  });
});

describe('the window', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio('light', display);
  });
  afterAll(async () => await studio.close());

  it('is walked through with the keyboard alone', async () => {
    const { page } = studio.face;
    await goTo(page, 'status');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    for (const name of ['Status', 'Activity', 'Apps']) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe(name);
    }
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: 'Apps' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it.each([
    ['settings', 'settings.get'],
    ['about', 'ca.get'],
    ['apps', 'apps.list'],
    ['policy', 'policy.get'],
    ['diagnostics', 'diagnostics.run'],
    ['first-run', 'setup.get'],
  ] as const)('says in %s why something could not be loaded, and offers to try again', async (place, method) => {
    const { page } = studio.face;
    studio.agent.fail(method, new AgentError('control-failed', 'The disk is on fire.'));
    await goTo(page, 'status');
    await goTo(page, place);
    await page.getByText('The disk is on fire.').first().waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBeGreaterThan(0);
    studio.agent.fail(method);
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByText('The disk is on fire.').first().waitFor({ state: 'detached' });
  });

  it('takes a target out and back, and says what came of asking it', async () => {
    const { page } = studio.face;
    studio.agent.setScenario('protected');
    await goTo(page, 'targets');
    const tile = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'gateway-us' }) });
    await tile.getByRole('button', { name: 'Take out' }).click();
    await tile.getByText('Taken out by hand').waitFor();
    expect(studio.agent.status().targets.map(({ drained }) => drained)).toEqual([false, true]);
    await tile.getByRole('button', { name: 'Ask now' }).click();
    await tile.getByRole('status').getByText('It answers (48 ms): GET /health: 200').waitFor();
    await tile.getByRole('button', { name: 'Take back' }).click();
    await tile.getByText('Healthy').waitFor();
    expect(studio.agent.status().targets.map(({ drained }) => drained)).toEqual([false, false]);
  });

  it('moves nothing for those who asked for less motion', async () => {
    const { page } = studio.face;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await goTo(page, 'status');
    await settle(page);
    const moving = await page.evaluate<number>(
      `document.getAnimations().filter((one) => one.playState === 'running' && Number(one.effect.getComputedTiming().duration) > 1).length`,
    );
    expect(moving).toBe(0);
    await page.emulateMedia({ reducedMotion: null });
  });

  it('has no Node, no network, no other windows and no way out of its page', async () => {
    const { page, app } = studio.face;
    expect(await page.evaluate('[typeof require, typeof process, typeof module, typeof Buffer].join()')).toBe('undefined,undefined,undefined,undefined');
    expect(await page.evaluate(`fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')`)).toBe('refused');
    expect(await page.evaluate(`fetch('app://heimdall/index.html').then(() => 'sent', () => 'refused')`)).toBe('refused');
    expect(await page.evaluate(`String(window.open('https://example.com'))`)).toBe('null');
    await page.evaluate(`window.location.assign('https://example.com/')`).catch(() => undefined);
    await page.waitForTimeout(200);
    expect(page.url().startsWith('app://heimdall/')).toBe(true);
    expect(await page.evaluate(`Notification.requestPermission()`)).toBe('denied');
    const windows = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    expect(windows).toBe(1);
    // What was refused was refused by the content policy, which says so on the console.
    expect(studio.face.complaints.every((line) => /Content Security Policy|Refused to connect|Fetch API cannot load|blocked/.test(line))).toBe(true);
  });

  it('refuses methods and parameters that are not in the contract', async () => {
    const { page } = studio.face;
    const invoke = async (side: string, method: string, params: unknown): Promise<{ ok: boolean; code?: string }> =>
      await page.evaluate(`window.heimdall.invoke(${JSON.stringify(side)}, ${JSON.stringify(method)}, ${JSON.stringify(params)})`);
    expect(await invoke('agent', 'constructor', {})).toMatchObject({ ok: false, code: 'control-unknown-method' });
    expect(await invoke('shell', 'page.open', { page: 'https://evil.example' })).toMatchObject({ ok: false, code: 'control-bad-params' });
    expect(await invoke('agent', 'agent.pause', { minutes: 1e9 })).toMatchObject({ ok: false, code: 'control-bad-params' });
    expect(await invoke('agent', 'status.get', {})).toMatchObject({ ok: true });
  });
});

// Activity in the real window: a million rows scrolled, filtered, walked with the keyboard, opened, exported of, verified.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { AgentError } from '../../src/contract/errors.ts';
import { startFakeAgent } from './fake-agent.ts';
import type { FakeAgent } from './fake-agent.ts';
import { goTo, launchFace, settle } from './face-app.ts';
import type { FaceApp } from './face-app.ts';

const rows = 1_000_000;
const dataDir = mkdtempSync(join(tmpdir(), 'hd-'));
let agent: FakeAgent;
let face: FaceApp;
let page: Page;

beforeAll(async () => {
  agent = await startFakeAgent({ dataDir, rows });
  face = await launchFace({ agent });
  page = face.page;
}, 120_000);

afterAll(async () => {
  await face.close();
  await agent.close();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  await goTo(page, 'status');
  await goTo(page, 'activity');
  await page.waitForSelector('[role=grid] [role=gridcell]');
});

afterEach(() => {
  expect(face.complaints).toEqual([]);
});

const grid = '[role=grid]';

interface Seen {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly drawn: number;
  /** In view, without data; -1 while nothing is drawn in view at all. */
  readonly waiting: number;
}

/** The number of rows, and of the rows drawn those in view with their data. */
async function seen(): Promise<Seen> {
  return await page.evaluate<Seen>(`(() => {
    const grid = document.querySelector('[role=grid]');
    const box = grid.getBoundingClientRect();
    const lines = [...grid.querySelectorAll('[role=row][id]')];
    const head = grid.querySelector('[role=columnheader]').getBoundingClientRect();
    const inView = lines.filter((line) => {
      const { top, bottom } = line.getBoundingClientRect();
      return bottom > head.bottom + 1 && top < box.bottom - 1;
    });
    const numbers = inView.map((line) => Number(line.getAttribute('aria-rowindex')) - 2).sort((a, b) => a - b);
    return {
      count: Number(grid.getAttribute('aria-rowcount')) - 1,
      first: numbers.at(0),
      last: numbers.at(-1),
      drawn: lines.length,
      waiting: inView.length === 0 ? -1 : inView.filter((line) => line.getAttribute('aria-busy') === 'true').length,
    };
  })()`);
}

const scrollTo = (share: number): Promise<unknown> =>
  page.evaluate(`(() => { const grid = document.querySelector('[role=grid]'); grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * ${share}; })()`);

/** Opens the row at a place of the list and reads its seq from the raw facts. */
async function seqAt(index: number): Promise<number> {
  await page.click(`${grid} [role=row][aria-rowindex="${index + 2}"]`);
  await page.click('aside [role=tab]:last-child');
  const text = await page.textContent('aside pre');
  return (JSON.parse(text ?? '') as { seq: number }).seq;
}

const pages = (): number => agent.calls.filter((method) => method === 'audit.page').length;

test('a million rows are there, and few of them are drawn', async () => {
  const { count, first, drawn } = await seen();
  expect(count).toBe(rows);
  expect(first).toBe(0);
  expect(drawn).toBeLessThan(80);
  const height = await page.evaluate<number>(`document.querySelector('[role=grid]').scrollHeight`);
  expect(height).toBeLessThan(16_000_000);
});

test('the thumb dragged to the middle and to the end shows the rows that stand there', async () => {
  await scrollTo(0.5);
  await expect.poll(async () => (await seen()).waiting).toBe(0);
  const middle = await seen();
  expect(Math.abs((middle.first + middle.last) / 2 - rows / 2)).toBeLessThan(2_000);
  expect(await seqAt(middle.first + 3)).toBe(rows - middle.first - 3);
  await page.keyboard.press('Escape');
  await scrollTo(1);
  await expect.poll(async () => (await seen()).waiting).toBe(0);
  expect((await seen()).last).toBe(rows - 1);
  expect(await seqAt(rows - 1)).toBe(1);
});

test('the wheel moves by rows in the middle, and rows are without gap at rest', async () => {
  await scrollTo(0.5);
  await expect.poll(async () => (await seen()).waiting).toBe(0);
  const before = await seen();
  await page.hover(grid);
  await page.mouse.wheel(0, 360);
  await expect.poll(async () => (await seen()).first).toBe(before.first + 10);
  await page.waitForTimeout(400);
  const rest = await seen();
  expect(rest.first).toBe(before.first + 10);
  expect(rest.last - rest.first).toBeGreaterThan(8);
});

test('a wild scroll leaves no queue of pages behind: at rest only what is seen then is asked for', async () => {
  // One jump in each frame, as a hand on the thumb makes them.
  await page.evaluate(`new Promise((done) => {
    const grid = document.querySelector('[role=grid]');
    let step = 0;
    const jump = () => {
      step += 1;
      grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * (((step * 37) % 100) / 100);
      if (step < 120) requestAnimationFrame(jump);
      else done();
    };
    jump();
  })`);
  const before = pages();
  await expect.poll(async () => (await seen()).waiting).toBe(0);
  await page.waitForTimeout(300);
  expect(pages() - before).toBeLessThan(10);
  expect((await seen()).drawn).toBeLessThan(80);
});

test('keys walk the rows to both ends, Enter opens, Escape closes and gives the focus back', async () => {
  await page.focus(grid);
  await page.keyboard.press('End');
  await expect.poll(async () => (await seen()).last).toBe(rows - 1);
  await expect.poll(() => page.locator(`${grid} [role=row][aria-selected=true]`).getAttribute('aria-rowindex')).toBe(String(rows + 1));
  for (let press = 0; press < 30; press += 1) await page.keyboard.press('ArrowUp');
  await expect.poll(() => page.locator(`${grid} [role=row][aria-selected=true]`).getAttribute('aria-rowindex')).toBe(String(rows + 1 - 30));
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('PageDown');
  const index = Number(await page.locator(`${grid} [role=row][aria-selected=true]`).getAttribute('aria-rowindex')) - 2;
  expect(index).toBeGreaterThan(5);
  expect(await page.getAttribute(grid, 'aria-activedescendant')).toBe(await page.locator(`${grid} [role=row][aria-selected=true]`).getAttribute('id'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('aside');
  await page.keyboard.press('Escape');
  await page.waitForSelector('aside', { state: 'detached' });
  expect(await page.evaluate(`document.activeElement.getAttribute('role')`)).toBe('grid');
});

test('a row written now is at the top within a second, and waits behind a button while scrolled down', async () => {
  const { count } = await seen();
  agent.emitRows('blocked');
  await expect.poll(async () => (await seen()).count, { timeout: 1_000 }).toBe(count + 1);
  expect(await page.textContent(`${grid} [role=row][aria-rowindex="2"]`)).toContain('Blocked');
  await scrollTo(0.3);
  await expect.poll(async () => (await seen()).waiting).toBe(0);
  const down = await seen();
  agent.emitRows('forwarded', 'redacted');
  await page.click('button:has-text("2 new")');
  await expect.poll(async () => (await seen()).first).toBe(0);
  expect((await seen()).count).toBe(down.count + 2);
});

test('search and values narrow the list, chips show them and take them away', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('anthropic');
  await expect.poll(async () => (await seen()).count, { timeout: 10_000 }).toBeLessThan(rows / 2);
  await page.click('[role=search] button:has-text("App")');
  await page.keyboard.type('claude');
  await page.keyboard.press('Enter');
  await page.waitForSelector('button[aria-label="Remove filter App: claude-code"]');
  await expect.poll(async () => (await seen()).waiting).toBe(0);
  const apps = await page.locator(`${grid} [role=row][id] [aria-colindex="2"]`).allTextContents();
  expect(new Set(apps)).toEqual(new Set(['claude-code']));
  await page.click('button:has-text("Clear all")');
  await expect.poll(async () => (await seen()).count).toBeGreaterThan(rows - 1);
});

test('what matches nothing says so and offers the way back', async () => {
  await goTo(page, 'activity?text=nothing-is-called-this');
  await page.waitForSelector('text=Nothing matches');
  await page.click('button:has-text("Clear filters")');
  await page.waitForSelector(`${grid} [role=gridcell]`);
});

test('a link opens the exchange: its walk, its times, and what left this machine side by side', async () => {
  const [row] = agent.emitRows('redacted');
  await goTo(page, `activity?id=${row?.id ?? ''}`);
  await page.waitForSelector('aside');
  const walk = await page.locator('aside ol li').allTextContents();
  const titles = ['Seen', 'Recognised', 'Read', 'Found', 'Decided', 'Attempt 1', 'Answered', 'Recorded'];
  expect(walk.map((step, index) => step.startsWith(titles[index] ?? '?'))).toEqual(titles.map(() => true));
  expect(await page.locator('aside figure li').count()).toBeGreaterThanOrEqual(3);
  await page.click('aside [role=tab]:has-text("What left")');
  await page.waitForSelector('aside mark');
  const original = await page.locator('aside [role=group][aria-label="As the app wrote it"] mark').allTextContents();
  const sent = await page.locator('aside [role=group][aria-label="As it was sent"] mark').allTextContents();
  expect(original.length).toBe(sent.length);
  expect(original.every((text) => text.includes('•'))).toBe(true);
  expect(sent.some((text) => text.includes('redacted'))).toBe(true);
});

test('a link to a row that is not there says so', async () => {
  await goTo(page, 'activity?id=00000000-0000-7000-8000-ffffffffffff');
  await page.waitForSelector('text=No such record');
});

test('the filtered rows are written to a file, and the window says how many and where', async () => {
  const path = join(dataDir, 'notes.jsonl');
  await face.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, path);
  await goTo(page, 'activity?kind=note');
  await page.waitForSelector(`${grid} [role=gridcell]`);
  const { count } = await seen();
  await page.click('button:has-text("Export")');
  await page.click('[role=menuitem]:has-text("JSON lines")');
  await page.waitForSelector(`text=${count.toLocaleString('en')} rows written to ${path}.`);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(count);
  expect(lines.every((line) => line.includes('"kind":"note"'))).toBe(true);
});

test('after a scroll to the middle another filter begins at its newest row', async () => {
  await scrollTo(0.6);
  await expect.poll(async () => (await seen()).first).toBeGreaterThan(1_000);
  await goTo(page, 'activity?outcome=forwarded');
  await expect.poll(async () => (await seen()).first, { timeout: 10_000 }).toBe(0);
  await expect.poll(async () => (await seen()).waiting).toBe(0);
});

test('the chain is verified in words', async () => {
  await page.click('button:has-text("Audit chain")');
  await page.click('button:has-text("Verify")');
  await page.waitForSelector('text=Whole: nothing changed, nothing missing');
  await page.keyboard.press('Escape');
});

test('a log that cannot be counted is an error with a way back', async () => {
  agent.fail('audit.count', new AgentError('audit-unusable', 'The audit file cannot be read.'));
  await goTo(page, 'activity?app=curl');
  await page.waitForSelector('text=The log could not be read');
  agent.fail('audit.count');
  await page.click('button:has-text("Try again")');
  await page.waitForSelector('text=Nothing matches');
});

test.each([
  ['the list', 'activity'],
  ['a filtered list', 'activity?app=claude-code&last=24h'],
  ['an empty list', 'activity?text=nothing-is-called-this'],
])('axe finds nothing in %s', async (_name, place) => {
  await goTo(page, place);
  await settle(page);
  expect(await violations()).toEqual([]);
});

test.each(['redacted', 'blocked', 'retried', 'note'] as const)('axe finds nothing in the details of a row: %s', async (flavour) => {
  const [row] = agent.emitRows(flavour);
  await goTo(page, `activity?id=${row?.id ?? ''}`);
  await page.waitForSelector('aside [role=tab]');
  for (const tab of await page.locator('aside [role=tab]').all()) {
    await tab.click();
    await settle(page);
    expect(await violations()).toEqual([]);
  }
});

async function violations(): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate<AxeResults>(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`);
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

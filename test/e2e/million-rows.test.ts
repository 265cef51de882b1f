// A real log of a million rows behind the real agent, scrolled, filtered and searched in the real window.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goTo, launchFace } from './face-app.ts';
import type { FaceApp } from './face-app.ts';
import { millionRows, provideMillionRows } from './million-rows.ts';

const configDir = mkdtempSync(join(tmpdir(), 'hd-config-'));
let face: FaceApp;
let page: Page;

beforeAll(async () => {
  const { dataDir, writtenInMs } = provideMillionRows();
  if (writtenInMs !== undefined) process.stdout.write(`a million rows written in ${(writtenInMs / 1000).toFixed(1)} s\n`);
  mkdirSync(join(configDir, 'heimdall'));
  writeFileSync(join(configDir, 'heimdall/settings.yaml'), 'port: 0\naudit: { retentionDays: 3650 }\ntargets: [{ id: sim, kind: simulator }]\n');
  face = await launchFace({ agent: { dataDir }, configDir });
  page = face.page;
}, 180_000);

afterAll(async () => {
  await face.close();
  rmSync(configDir, { recursive: true, force: true });
});

interface Seen {
  readonly count: number;
  readonly drawn: number;
  readonly waiting: number;
}

const seen = async (): Promise<Seen> =>
  await page.evaluate<Seen>(`(() => {
    const grid = document.querySelector('[role=grid]');
    const lines = [...grid.querySelectorAll('[role=row][id]')];
    const waiting = lines.filter((line) => line.getAttribute('aria-busy') === 'true').length;
    return { count: Number(grid.getAttribute('aria-rowcount')) - 1, drawn: lines.length, waiting };
  })()`);

/** Milliseconds until every drawn row has its data. */
async function filled(): Promise<number> {
  const began = performance.now();
  await expect.poll(async () => (await seen()).waiting, { timeout: 15_000, interval: 10 }).toBe(0);
  return performance.now() - began;
}

it('is scrolled from end to end, few rows drawn and none left waiting', { timeout: 120_000 }, async () => {
  await goTo(page, 'activity');
  await page.locator('[role=grid] [role=gridcell]').first().waitFor({ timeout: 30_000 });
  expect((await seen()).count).toBeGreaterThanOrEqual(millionRows);
  const waits: number[] = [];
  for (const share of [1, 0.5, 0.123, 0.9, 0.001, 0.75, 0]) {
    await page.evaluate(
      `(() => { const grid = document.querySelector('[role=grid]'); grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * ${share}; })()`,
    );
    await page.waitForTimeout(50);
    waits.push(await filled());
    const { drawn } = await seen();
    expect(drawn).toBeGreaterThan(5);
    expect(drawn).toBeLessThan(80);
  }
  process.stdout.write(`a million rows: after each of ${waits.length} jumps the rows stood within ${Math.round(Math.max(...waits) + 50)} ms\n`);
});

it('keeps drawing frames while the thumb is dragged through all of it', async () => {
  const gaps = await page.evaluate<number[]>(`new Promise((done) => {
    const grid = document.querySelector('[role=grid]');
    const gaps = [];
    let step = 0;
    let last = performance.now();
    const move = (now) => {
      gaps.push(now - last);
      last = now;
      step += 1;
      grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * (step / 180);
      if (step < 180) requestAnimationFrame(move);
      else done(gaps);
    };
    requestAnimationFrame(move);
  })`);
  const sorted = gaps.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const slow = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  process.stdout.write(`a million rows dragged: ${median.toFixed(1)} ms a frame, 95 of 100 within ${slow.toFixed(1)} ms\n`);
  expect(gaps).toHaveLength(180);
  await filled();
});

it.each([
  ['a filter', 'activity?decision=block'],
  ['an app', 'activity?app=cursor'],
  ['words', 'activity?text=claude-opus'],
])('answers to %s over all rows', { timeout: 60_000 }, async (name, place) => {
  const began = performance.now();
  await goTo(page, place);
  await expect.poll(async () => (await seen()).count, { timeout: 40_000, interval: 20 }).toBeLessThan(millionRows / 2);
  await filled();
  const { count } = await seen();
  process.stdout.write(`a million rows: ${name} left ${count} after ${Math.round(performance.now() - began)} ms\n`);
  expect(count).toBeGreaterThan(1_000);
  expect(face.complaints).toEqual([]);
});

// Two builds of one folder take turns, and a build that was killed blocks nobody.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withBuildLock } from '../../../build/build-lock.ts';

let scratch = '';
beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), 'heimdall-lock-'))));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

it('lets one work at a time, and gives back what it returned', async () => {
  const file = join(scratch, 'deep/lock');
  let atWork = 0;
  let most = 0;
  const work = async (): Promise<string> => {
    most = Math.max(most, (atWork += 1));
    await sleep(20);
    atWork -= 1;
    return 'built';
  };
  expect(await Promise.all([withBuildLock(file, work), withBuildLock(file, work), withBuildLock(file, work)])).toEqual(['built', 'built', 'built']);
  expect(most).toBe(1);
  expect(existsSync(file)).toBe(false);
});

it('lets the next one in after a build that failed', async () => {
  const file = join(scratch, 'lock');
  await expect(withBuildLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withBuildLock(file, () => Promise.resolve(1))).toBe(1);
});

it('takes over from a process that is gone', async () => {
  const file = join(scratch, 'lock');
  writeFileSync(file, '2147483646');
  expect(await withBuildLock(file, () => Promise.resolve('mine'))).toBe('mine');
});

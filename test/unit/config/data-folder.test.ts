import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeDataFolder } from '../../../src/config/data-folder.ts';

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'heimdall-folder-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

it('makes the folder and its parents for its user alone, and leaves an existing one as it is', () => {
  const dir = join(temporary(), 'a', 'b');
  makeDataFolder(dir);
  makeDataFolder(dir);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
});

it('names the folder and the way out when a file stands in its place', () => {
  const file = join(temporary(), 'taken');
  writeFileSync(file, '');
  expect(() => makeDataFolder(join(file, 'data'))).toThrow(
    expect.objectContaining({ code: 'data-folder', message: expect.stringContaining('--data-dir') as string }),
  );
});

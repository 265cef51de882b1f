import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSizeCappedFile } from '../../../src/telemetry/size-capped-file.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'heimdall-log-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('the file and its predecessor stay under the cap, and the newest lines are kept', () => {
  const dir = folder();
  const file = openSizeCappedFile(join(dir, 'logs', 'a.log'), 100);
  for (let line = 0; line < 50; line += 1) file.write(`line ${line} of the log\n`);
  file.close();
  const names = readdirSync(join(dir, 'logs')).sort();
  expect(names).toEqual(['a.log', 'a.log.1']);
  for (const name of names) expect(statSync(join(dir, 'logs', name)).size).toBeLessThanOrEqual(100);
  expect(readFileSync(join(dir, 'logs', 'a.log'), 'utf8')).toContain('line 49');
});

test('the file is for its owner alone, even when it was there before with another mode', () => {
  const path = join(folder(), 'a.log');
  writeFileSync(path, 'old\n', { mode: 0o644 });
  openSizeCappedFile(path, 1000).close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toBe('old\n');
});

test('a line that cannot be written is counted and costs nothing else', () => {
  const dir = folder();
  const file = openSizeCappedFile(join(dir, 'gone', 'a.log'), 10);
  file.write('first\n');
  rmSync(join(dir, 'gone'), { recursive: true });
  file.write('second line, rotation fails\n');
  expect(file.lost).toBe(1);
  file.close();
});

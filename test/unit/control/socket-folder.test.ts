import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkSocketFolder, prepareSocketFolder, unsafeToCall, unsafeToServe } from '../../../src/control/socket-folder.ts';

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'heimdall-folder-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
const folder = (uid: number, mode = 0o40700, isFolder = true) => ({ uid, mode, isDirectory: () => isFolder });

test('the folder is made for its owner alone, and an older one is closed to others', () => {
  const base = temporaryFolder();
  prepareSocketFolder(join(base, 'a', 'run', 'control.sock'));
  expect(statSync(join(base, 'a', 'run')).mode & 0o777).toBe(0o700);
  mkdirSync(join(base, 'open'));
  chmodSync(join(base, 'open'), 0o777);
  prepareSocketFolder(join(base, 'open', 'control.sock'));
  expect(statSync(join(base, 'open')).mode & 0o777).toBe(0o700);
});

test('a symbolic link in place of the folder is refused', () => {
  const base = temporaryFolder();
  mkdirSync(join(base, 'real'));
  symlinkSync(join(base, 'real'), join(base, 'run'));
  expect(() => prepareSocketFolder(join(base, 'run', 'control.sock'))).toThrow(expect.objectContaining({ code: 'data-folder' }) as Error);
});

test('a client does not speak into a folder that others can write', () => {
  const base = temporaryFolder();
  chmodSync(base, 0o777);
  expect(() => checkSocketFolder(join(base, 'control.sock'))).toThrow(/can be written by other users/);
});

test('an agent takes no folder of another user, not even as root', () => {
  expect(unsafeToServe(folder(1000), 1000)).toBeUndefined();
  expect(unsafeToServe(folder(1001), 1000)).toBe('belongs to another user');
  expect(unsafeToServe(folder(1000), 0)).toBe('belongs to another user');
});

test('a client trusts its own folder and that of root, and root trusts any', () => {
  expect(unsafeToCall(folder(1000), 1000)).toBeUndefined();
  expect(unsafeToCall(folder(0), 1000)).toBeUndefined();
  expect(unsafeToCall(folder(1000), 0)).toBeUndefined();
  expect(unsafeToCall(folder(1001), 1000)).toBe('belongs to another user');
  expect(unsafeToCall(folder(1000, 0o100600, false), 1000)).toBe('is not a folder');
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { takeInstanceLock } from '../../../src/control/instance-lock.ts';

const source = join(import.meta.dirname, '../../../src/control/instance-lock.ts');

function lockFile(): string {
  const path = mkdtempSync(join(tmpdir(), 'heimdall-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return join(path, 'agent.lock');
}
const alreadyRunning = expect.objectContaining({ code: 'already-running' }) as Error;

test('a lock is held once and can be taken again when it is released', () => {
  const file = lockFile();
  const lock = takeInstanceLock(file);
  expect(() => takeInstanceLock(file)).toThrow(alreadyRunning);
  lock.release();
  lock.release();
  takeInstanceLock(file).release();
});

test('the lock of a process that is killed is free again', async () => {
  const file = lockFile();
  const script = `const { takeInstanceLock } = await import(process.argv[1]); takeInstanceLock(process.argv[2]); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, source, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect(() => takeInstanceLock(file)).toThrow(alreadyRunning);
  child.kill('SIGKILL');
  await once(child, 'exit');
  takeInstanceLock(file).release();
});

test('a place where no file can be is an error of the data folder', () => {
  expect(() => takeInstanceLock('/nowhere/at/all/agent.lock')).toThrow(expect.objectContaining({ code: 'data-folder' }) as Error);
});

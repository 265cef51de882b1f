import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { removeDeadSocket } from '../../../src/control/dead-socket.ts';
import { startServer, temporaryFolder } from './fixture.ts';

test('the socket of a living agent is left alone', async () => {
  const { path } = await startServer();
  expect(removeDeadSocket(path)).toBe('alive');
  expect(existsSync(path)).toBe(true);
});

test('a socket without an agent is removed, once', () => {
  const path = join(temporaryFolder(), 'run', 'control.sock');
  expect(removeDeadSocket(path)).toBe('none');
  mkdirSync(dirname(path));
  writeFileSync(path, '');
  expect(removeDeadSocket(path)).toBe('removed');
  expect(removeDeadSocket(path)).toBe('none');
});

test('a pipe of Windows leaves nothing behind', () => {
  expect(removeDeadSocket('\\\\.\\pipe\\heimdall-x')).toBe('none');
});

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileKeyStore } from '../../../src/ca/key-store.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'heimdall-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const file = () => join(dir, 'ca-key.pem');

it('an empty store holds nothing, and takes one text only', () => {
  const store = fileKeyStore(dir);
  expect(store.load()).toBeUndefined();
  expect(store.create('one')).toBe(true);
  expect(store.create('two')).toBe(false);
  expect(store.load()).toBe('one');
  expect(readdirSync(dir)).toEqual(['ca-key.pem']);
});

it('setting aside moves the text that was judged, and never one that came in its place', () => {
  const store = fileKeyStore(dir);
  store.create('fresh');
  expect(store.setAside('stale', new Date(0))).toBeUndefined();
  expect(store.load()).toBe('fresh');
  expect(readdirSync(dir)).toEqual(['ca-key.pem']);
  const aside = store.setAside('fresh', new Date(0));
  expect(aside).toMatch(/ca-key-1970-01-01T00-00-00-000Z-[0-9a-f]{4}\.pem\.old$/);
  expect(readFileSync(aside ?? '', 'utf8')).toBe('fresh');
  expect(store.load()).toBeUndefined();
  expect(store.setAside('fresh', new Date(0))).toBeUndefined();
});

it('modes are tightened on macOS and Linux, and left alone on Windows, which has none', () => {
  writeFileSync(file(), 'key');
  chmodSync(file(), 0o666);
  const windows = fileKeyStore(dir, 'win32');
  windows.load();
  expect(windows.tightened).toEqual([]);
  expect(statSync(file()).mode & 0o777).toBe(0o666);
  const mac = fileKeyStore(dir, 'darwin');
  mac.load();
  expect(mac.tightened).toHaveLength(1);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

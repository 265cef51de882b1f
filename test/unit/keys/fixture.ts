// Key stores in throw-away folders, and processes that use one.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { openKeyStore } from '../../../src/keys/key-store.ts';
import type { KeyStore, KeyStoreOptions } from '../../../src/keys/key-store.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Files only, unless told otherwise. */
export async function opened(dir: string, options: Partial<KeyStoreOptions> = {}): Promise<KeyStore> {
  const store = await openKeyStore({ dir, platform: 'linux', env: {}, lookMs: 5, ...options });
  onTestFinished(() => store.close());
  return store;
}

export const filesOf = (dir: string): string[] => readdirSync(join(dir, 'keys')).map((name) => join(dir, 'keys', name));

export interface Ended {
  readonly out: string;
  readonly err: string;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a piece of JavaScript in a process of its own, with `openKeyStore` and `dir` in reach. `command` stands before Node. */
export async function elsewhere(
  dir: string,
  script: string,
  { command = [], env = {} }: { command?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Ended> {
  const module = new URL('../../../src/keys/key-store.ts', import.meta.url).href;
  const code = `const dir = ${JSON.stringify(dir)}; const module = ${JSON.stringify(module)};\n${script}`;
  const [program, ...rest] = [...command, process.execPath, '--input-type=module', '-e', code];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const signal = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, by) => resolve(by)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { out, err, signal: await signal };
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

// A machine for the tests of strict capture: its programs are played by the test, its files lie in a throw-away folder.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ProgramResult } from '../../../../src/system/run-program.ts';
import type { SetupMachine, StrictState } from '../../../../src/system/surface.ts';

export interface StrictMachine {
  readonly machine: SetupMachine;
  /** Every command that was run: program and arguments. */
  readonly commands: readonly (readonly string[])[];
  /** A file below the root. */
  readonly write: (path: string, text: string) => string;
}

export const strictState = (changes: Partial<StrictState> = {}): StrictState => ({
  method: 'nftables',
  transparentPort: () => 15443,
  trouble: () => undefined,
  ...changes,
});

export function strictMachine(changes: Partial<SetupMachine> = {}, answer: (args: readonly string[]) => Partial<ProgramResult> = () => ({})): StrictMachine {
  const root = mkdtempSync(join(tmpdir(), 'heimdall-strict-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const commands: (readonly string[])[] = [];
  const machine: SetupMachine = {
    platform: 'linux',
    env: {},
    home: join(root, 'home'),
    root,
    dataDir: join(root, 'data'),
    run: (file, args) => {
      commands.push([file, ...args]);
      return Promise.resolve({ code: 0, stdout: '', stderr: '', ...answer(args) });
    },
    program: { node: '/usr/bin/node', entry: '/opt/heimdall/main.ts' },
    isPrivileged: true,
    ca: { file: '', pem: '', fingerprint: '' },
    port: () => 7465,
    hosts: ['api.openai.com', '*.openai.azure.com', 'api.anthropic.com'],
    strict: strictState(),
    ...changes,
  };
  return {
    machine,
    commands,
    write: (path, text) => {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
  };
}

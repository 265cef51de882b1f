// A throw-away machine for the tests of the trust stores: a home, a root, a CA; and the look of a folder, byte for byte.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openAuthority } from '../../../../src/ca/authority.ts';

import { Ledger } from '../../../../src/system/ledger.ts';
import type { ProgramResult, RunProgram } from '../../../../src/system/run-program.ts';
import { setupMachine } from '../../../../src/system/setup-machine.ts';
import type { SetupMachine } from '../../../../src/system/surface.ts';

export interface ThrowAwayMachine {
  readonly folder: string;
  readonly machine: SetupMachine;
  readonly ledger: Ledger;
  /** The same machine with a new CA, as after its renewal. */
  renewed(): Promise<SetupMachine>;
}

export async function throwAwayMachine(changes: Partial<SetupMachine> = {}): Promise<ThrowAwayMachine> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heimdall-trust-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [home, root, dataDir] = [join(folder, 'home'), join(folder, 'root'), join(folder, 'data')];
  for (const each of [home, root, dataDir]) mkdirSync(each);
  const machineOf = async (caDir: string): Promise<SetupMachine> => {
    await openAuthority({ dir: caDir, permitted: ['api.openai.com'] });
    const env = { PATH: process.env.PATH, HOME: home };
    return {
      ...setupMachine({ platform: 'linux', env, home, root, dataDir: caDir, hosts: ['api.openai.com'], port: () => 7465 }),
      dataDir,
      isPrivileged: false,
      ...changes,
    };
  };
  return {
    folder,
    machine: await machineOf(dataDir),
    ledger: new Ledger(dataDir, () => Promise.resolve(false)),
    renewed: () => {
      const renewed = join(folder, 'renewed');
      mkdirSync(renewed);
      return machineOf(renewed);
    },
  };
}

/** Every file, link and folder with its permissions and content. */
export function lookOf(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
      const path = join(folder, name);
      const { mode } = lstatSync(path);
      const content = lstatSync(path).isSymbolicLink()
        ? readlinkSync(path)
        : lstatSync(path).isDirectory()
          ? ''
          : createHash('sha256').update(readFileSync(path)).digest('hex');
      return [name, `${mode.toString(8)} ${content}`];
    }),
  );
}

/** Runs programs, and hears of each before it starts. */
export const hearing =
  (run: RunProgram, hear: (line: string) => void): RunProgram =>
  (file, args) => {
    hear([file, ...args].join(' '));
    return run(file, args);
  };

/** Runs nothing: answers as the documentation of the tools says, and writes down what was asked. Not recorded on such a system. */
export function documentedTools(answer: (line: string) => string | undefined): { readonly run: RunProgram; readonly lines: string[] } {
  const lines: string[] = [];
  const run = (file: string, args: readonly string[]): Promise<ProgramResult> => {
    const line = [file, ...args].join(' ');
    lines.push(line);
    const stdout = answer(line);
    return Promise.resolve({ code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' });
  };
  return { run, lines };
}

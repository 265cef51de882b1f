// A throw-away home, root and data folder for the tests of the environment, and real shells that see nothing else.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openAuthority } from '../../../../src/ca/authority.ts';
import { environmentSurfaces } from '../../../../src/system/environment/surfaces.ts';
import { Ledger } from '../../../../src/system/ledger.ts';
import { setupMachine } from '../../../../src/system/setup-machine.ts';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';

export interface Place {
  readonly machine: SetupMachine;
  readonly ledger: Ledger;
  /** Writes a file of the home, or of the root where the path is absolute. */
  readonly put: (path: string, text: string) => string;
}

/** `name` of the home's parent may hold whatever a path may hold. */
export async function place(changes: Partial<SetupMachine> = {}, name = 'home'): Promise<Place> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'heimdall-environment-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [home, root] = [join(folder, name), join(folder, 'root')];
  const dataDir = join(home, '.local', 'share', 'heimdall');
  for (const each of [root, dataDir]) mkdirSync(each, { recursive: true });
  await openAuthority({ dir: dataDir, permitted: ['api.openai.com'] });
  const env = { PATH: process.env.PATH, HOME: home };
  const machine: SetupMachine = {
    ...setupMachine({ platform: 'linux', env, home, root, dataDir, hosts: ['api.openai.com'], port: () => 7465 }),
    // No tool of a session may be asked: this machine's own session would answer.
    run: () => Promise.resolve({ code: 1, stdout: '', stderr: 'no session' }),
    agentPid: () => process.pid,
    ...changes,
  };
  return {
    machine,
    ledger: new Ledger(dataDir, () => Promise.resolve(false)),
    put: (path, text) => {
      const file = join(path.startsWith('/') ? root : home, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
  };
}

/** Says that the shells are there. */
export function withShells({ put }: Place): void {
  for (const shell of ['bash', 'zsh', 'fish']) put(`/usr/bin/${shell}`, '');
}

export function surface(machine: SetupMachine, id: string): SetupSurface {
  const found = environmentSurfaces(machine).find((each) => each.id === id);
  if (found === undefined) throw new Error(`no surface ${id}`);
  return found;
}

/** The environment that a program started by this shell line sees. */
export function seenBy(
  shell: string,
  args: readonly string[],
  { home }: SetupMachine,
  extra: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const env = { PATH: process.env.PATH, HOME: home, ...extra };
  const text = execFileSync(shell, [...args], { env, cwd: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = text.split('\0').filter((line) => !/^(SHLVL|_)=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

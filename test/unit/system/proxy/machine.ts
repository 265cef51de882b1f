// Machines for the tests of the proxy room: a real GNOME in a file of a throw-away home, and tools of other systems that answer as documented.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Ledger } from '../../../../src/system/ledger.ts';
import { programRunner } from '../../../../src/system/run-program.ts';
import type { ProgramResult } from '../../../../src/system/run-program.ts';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';

export interface TestMachine {
  readonly machine: SetupMachine;
  readonly ledger: Ledger;
  /** Every command that was run, as one line. */
  readonly lines: readonly string[];
  port: number;
}

export function testMachine(platform: NodeJS.Platform, answer?: (line: string) => string | undefined): TestMachine {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-proxy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const home = join(folder, 'home');
  mkdirSync(home);
  const lines: string[] = [];
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, GSETTINGS_BACKEND: 'keyfile' };
  const real = programRunner(env);
  const state = { port: 7465 };
  const machine: SetupMachine = {
    platform,
    env,
    home,
    root: join(folder, 'root'),
    dataDir: join(folder, 'data'),
    run: (file, args) => {
      const line = [file, ...args].join(' ');
      lines.push(line);
      if (answer === undefined) return real(file, args);
      const stdout = answer(line);
      return Promise.resolve<ProgramResult>({ code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' });
    },
    program: { node: '/opt/node', entry: '/opt/main.js' },
    isPrivileged: true,
    ca: { file: '', pem: '', fingerprint: '' },
    port: () => state.port,
    hosts: [],
  };
  return Object.assign(state, { machine, lines, ledger: new Ledger(machine.dataDir, (port) => Promise.resolve(port === 8888)) });
}

/** The only surface of its kind; its obstacle, read first as the set-up does. */
export function only(surfaces: readonly SetupSurface[], prefix: string): SetupSurface {
  const found = surfaces.filter(({ id }) => id.startsWith(prefix));
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} surfaces of ${prefix}`);
  return found[0];
}

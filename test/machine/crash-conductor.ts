// Runs inside a throw-away machine: for each surface, kills a set-up at every step, restores, and compares the machine with what it was.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { interceptedHosts } from '../../src/catalog/match.ts';
import { setupMachine } from '../../src/system/setup-machine.ts';
import { allSurfaces, Setup } from '../../src/system/setup.ts';
import type { SetupMachine } from '../../src/system/surface.ts';
import { differences, snapshotOf } from './tree.ts';
import type { Grounds } from './tree.ts';

interface Task {
  readonly dataDir: string;
  readonly grounds: Grounds;
  /** Only surfaces whose id begins so. */
  readonly prefix: string;
  /** Kill in the ledger's own steps, too. */
  readonly ledger: boolean;
}

export interface CrashReport {
  readonly surfaces: readonly { readonly id: string; readonly steps: number; readonly kills: number }[];
  readonly skipped: readonly { readonly id: string; readonly why: string }[];
  /** What was different after a kill and a restore; empty when the promise is kept. */
  readonly broken: readonly string[];
}

const [role, taskText = '{}', surfaceId = ''] = process.argv.slice(2);
const task = JSON.parse(taskText) as Task;

function machine(): SetupMachine {
  const { env } = process;
  return setupMachine({ platform: process.platform, env, home: env['HOME'] ?? '', dataDir: task.dataDir, hosts: interceptedHosts(), port: () => 47_465 });
}

if (role === 'apply' || role === 'restore') {
  const all = machine();
  const surface = allSurfaces(all).find(({ id }) => id === surfaceId);
  if (surface === undefined) throw new Error(`no surface ${surfaceId}`);
  if (role === 'apply') {
    const failed = (await new Setup(all, [surface]).apply([surface.group], true)).find(({ state }) => state !== 'done');
    if (failed !== undefined) throw new Error(`${surfaceId} was not set up: ${failed.state} ${failed.reason ?? ''}`);
  }
  if (role === 'restore') await new Setup(all).restore();
} else if (role === 'conduct') {
  process.stdout.write(JSON.stringify(await conduct()));
}

async function conduct(): Promise<CrashReport> {
  const surfaces: { id: string; steps: number; kills: number }[] = [];
  const skipped: { id: string; why: string }[] = [];
  const broken: string[] = [];
  const before = snapshotOf(task.grounds);
  for (const surface of allSurfaces(machine()).filter(({ id }) => id.startsWith(task.prefix))) {
    const why = await surface.obstacle();
    if (why !== undefined) {
      skipped.push({ id: surface.id, why });
      continue;
    }
    let kills = 0;
    let steps = 0;
    const judge = async (how: string): Promise<void> => {
      const restored = await new Setup(machine()).restore();
      const found = differences(before, snapshotOf(task.grounds));
      const failed = restored.filter(({ outcome }) => outcome === 'failed');
      if (found.length > 0 || failed.length > 0)
        broken.push(`${surface.id}, ${how}: ${[...found, ...failed.map(({ detail }) => detail ?? 'failed')].join('; ')}`);
    };
    for (const role of ['apply', 'restore'] as const) {
      const prepare = async (): Promise<void> => {
        if (role === 'restore') await child('apply', surface.id, undefined);
      };
      await prepare();
      const kinds = (await child(role, surface.id, undefined)) ?? '';
      steps += kinds.length;
      if (role === 'apply' && differences(before, snapshotOf(task.grounds)).length === 0) broken.push(`${surface.id}: applying it changed nothing`);
      await judge(`${role} to the end`);
      for (const [at, kind] of kinds.split('').entries()) {
        // Just after a step is just before the next one, but for a program, which goes on alone, and for the last.
        const moments = kind === 'p' ? ['before', 'within', 'after'] : at + 1 === kinds.length ? ['before', 'after'] : ['before'];
        for (const when of moments) {
          await prepare();
          if ((await child(role, surface.id, `${at + 1}:${when}`)) === undefined) kills += 1;
          await judge(`${role} killed ${when} step ${at + 1} of ${kinds.length} (${kinds})`);
        }
      }
    }
    surfaces.push({ id: surface.id, steps, kills });
    process.stderr.write(`${surface.id}: ${kills} kills\n`);
  }
  return { surfaces, skipped, broken };
}

/** The steps it took, a letter each; undefined when it was killed. */
async function child(role: 'apply' | 'restore', id: string, killAt: string | undefined): Promise<string | undefined> {
  const args = ['--import', join(import.meta.dirname, 'kill-at.ts'), import.meta.filename, role, taskText, id];
  const env = {
    ...process.env,
    KILL_LEDGER: task.ledger ? '1' : '0',
    NODE_COMPILE_CACHE: '/tmp/heimdall-compile-cache',
    ...(killAt === undefined ? {} : { KILL_AT: killAt }),
  };
  const started = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  let [counted, said] = ['', ''];
  started.stdio[3]?.on('data', (chunk: Buffer) => (counted += chunk.toString()));
  started.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // `close` waits for programs that the killed one has left behind and that hold its error output: they are done then.
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => started.once('close', (_code, end) => resolve(end)));
  if (signal === 'SIGKILL') {
    await sleep(20);
    return undefined;
  }
  if (counted === '') throw new Error(`${role} ${id} failed: ${said}`);
  return counted.slice(1);
}

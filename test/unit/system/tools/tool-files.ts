// Fixtures for the tests of the tools room: a home with settings files, and the ledger that changes them.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { combinedBundle, extraBundle } from '../../../../src/system/bundle-files.ts';
import { Ledger } from '../../../../src/system/ledger.ts';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';
import { toolSurfaces } from '../../../../src/system/tools/surfaces.ts';
import { throwAwayMachine } from '../trust/machine.ts';

export interface ToolMachine {
  readonly machine: SetupMachine;
  readonly folder: string;
  put(path: string, text: string): string;
  text(path: string): string;
  surfaces(): readonly SetupSurface[];
  surface(id: string): SetupSurface;
  ledger: Ledger;
  /** Applies every surface that nothing stands against. */
  apply(): Promise<void>;
  revert(): Promise<readonly string[]>;
  /** The same machine as seen by a run that listens elsewhere. */
  at(port: number): ToolMachine;
}

/** `files`: paths from the home, or `root/…` → text. */
export async function toolMachine(
  files: Readonly<Record<string, string>>,
  changes: Partial<SetupMachine> = {},
  isDead: (port: number) => boolean = () => false,
): Promise<ToolMachine> {
  const { machine: base, folder } = await throwAwayMachine({ isPrivileged: false, ...changes });
  for (const bundle of [combinedBundle(base), extraBundle(base)]) writeFileSync(bundle, base.ca.pem);
  const wrap = (machine: SetupMachine): ToolMachine => {
    const ledger = new Ledger(machine.dataDir, (port) => Promise.resolve(isDead(port)));
    const place = (path: string): string => (path.startsWith('root/') ? join(folder, path) : join(machine.home, path));
    const self: ToolMachine = {
      machine,
      folder,
      ledger,
      put: (path, text) => {
        mkdirSync(dirname(place(path)), { recursive: true });
        writeFileSync(place(path), text);
        return place(path);
      },
      text: (path) => readFileSync(place(path), 'utf8'),
      surfaces: () => toolSurfaces(machine),
      surface: (id) => {
        const found = toolSurfaces(machine).find((each) => each.id === id || each.id === `${id.split(':')[0] ?? ''}:${place(id.split(':')[1] ?? '')}`);
        if (found === undefined) throw new Error(`no surface ${id}`);
        return found;
      },
      apply: async () => {
        for (const surface of toolSurfaces(machine)) if ((await surface.obstacle()) === undefined) await ledger.apply(surface);
      },
      revert: async () => {
        const outcomes: string[] = [];
        for (const surface of [...toolSurfaces(machine)].reverse()) outcomes.push((await ledger.revert(surface)).outcome);
        return outcomes;
      },
      at: (port) => wrap({ ...machine, port: () => port }),
    };
    return self;
  };
  const made = wrap(base);
  for (const [path, text] of Object.entries(files)) made.put(path, text);
  return made;
}

/** Puts a program where it is looked for. */
export function putProgram(machine: ToolMachine, path: string): void {
  chmodSync(machine.put(path, '#!/bin/sh\n'), 0o755);
}

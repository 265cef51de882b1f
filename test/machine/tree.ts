// What stands in a throw-away machine: every file of the home, and whatever of the system differs from what was there before.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A part of the system under an overlay: where it is seen, what was there before, and what was written since. */
export interface Layer {
  readonly path: string;
  readonly lower: string;
  readonly upper: string;
}

export interface Grounds {
  readonly home: string;
  readonly layers: readonly Layer[];
  /** Folders of the home that do not count, relative to it. */
  readonly except: readonly string[];
  /** Commands whose output is part of what stands: for what is kept in databases that are written anew as a whole. */
  readonly facts: readonly (readonly [file: string, ...args: string[]])[];
}

/** Path → what stands there: the hash of a file, the target of a link, mode and owner. */
export type Snapshot = Readonly<Record<string, string>>;

export function snapshotOf({ home, layers, except, facts }: Grounds): Snapshot {
  const found: Record<string, string> = {};
  for (const name of namesIn(home)) {
    if (!except.some((each) => name === each || name.startsWith(`${each}/`))) found[`~/${name}`] = describe(join(home, name));
  }
  for (const { path, lower, upper } of layers) {
    for (const name of namesIn(upper)) {
      const [is, was] = [describe(join(path, name)), describe(join(lower, name))];
      // A folder that was only passed through is no change.
      if (is !== was) found[join(path, name)] = is;
    }
  }
  for (const [file, ...args] of facts) found[[file, ...args].join(' ')] = spawnSync(file, args, { encoding: 'utf8' }).stdout;
  return found;
}

/** The paths that differ, each with what it was and what it is. */
export function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.filter((path) => before[path] !== after[path]).map((path) => `${path}: ${before[path] ?? 'absent'} → ${after[path] ?? 'absent'}`);
}

const namesIn = (folder: string): readonly string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' });

function describe(path: string): string {
  try {
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
    if (stat.isDirectory()) return `folder ${mode}`;
    if (!stat.isFile()) return 'special';
    return `${createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16)}, ${stat.size} bytes, mode ${mode}, owner ${stat.uid}`;
  } catch {
    return 'absent';
  }
}

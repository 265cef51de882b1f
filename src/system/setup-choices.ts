// What the user has chosen to have set up, kept apart from what stands: live changes come and go with the agent, the choice stays.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { surfaceGroups } from '../contract/setup.ts';
import type { SurfaceGroup } from '../contract/setup.ts';

import { shareWithOwner } from './ledger.ts';

export const choicesFile = (dataDir: string): string => join(dataDir, 'setup.json');

/** A file that cannot be read is no choice: nothing is changed unasked. */
export function readChoices(dataDir: string): ReadonlySet<SurfaceGroup> {
  try {
    const { groups } = JSON.parse(readFileSync(choicesFile(dataDir), 'utf8')) as { readonly groups?: unknown };
    return new Set(surfaceGroups.filter((group) => Array.isArray(groups) && groups.includes(group)));
  } catch {
    return new Set();
  }
}

export function writeChoices(dataDir: string, groups: ReadonlySet<SurfaceGroup>): void {
  const file = choicesFile(dataDir);
  if (groups.size === 0) {
    rmSync(`${file}.new`, { force: true });
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify({ groups: [...groups] })}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  shareWithOwner(file);
}

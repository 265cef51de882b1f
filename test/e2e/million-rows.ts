// A real audit log of a million rows, written once by the agent's own writer and kept in artefacts/: `node test/e2e/million-rows.ts` makes it.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ChainWriter } from '../../src/audit/writer.ts';
import { ageOf, recordOf } from './fake-rows.ts';

export const millionRows = 1_000_000;
const batch = 5_000;
/** A data folder, to be given to an agent as it is; the rows of its runs come on top. */
const kept = join(import.meta.dirname, '../../artefacts/million-rows');

/** Its folder, and how long the writing took where it had to be written. */
export function provideMillionRows(): { readonly dataDir: string; readonly writtenInMs: number | undefined } {
  if (existsSync(join(kept, 'audit.db'))) return { dataDir: kept, writtenInMs: undefined };
  const began = performance.now();
  const scratch = `${kept}-${process.pid}`;
  try {
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    write(scratch);
    rmSync(kept, { recursive: true, force: true });
    renameSync(scratch, kept);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return { dataDir: kept, writtenInMs: performance.now() - began };
}

function write(dir: string): void {
  const writer = new ChainWriter({ dir, retentionDays: 3_650, checkpointEvery: 50_000 });
  const now = Date.now();
  for (let seq = writer.last.seq + 1; seq <= millionRows;) {
    const length = Math.min(batch, millionRows - seq + 1);
    const first = seq;
    writer.append(Array.from({ length }, (_, i) => JSON.stringify(recordOf(first + i, Math.floor(now - ageOf(millionRows - first - i))))));
    seq += length;
  }
  writer.close();
}

if (import.meta.main) {
  const { dataDir, writtenInMs } = provideMillionRows();
  process.stdout.write(`${dataDir}${writtenInMs === undefined ? '' : `, written in ${(writtenInMs / 1000).toFixed(1)} s`}\n`);
}

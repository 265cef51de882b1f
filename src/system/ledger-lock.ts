// One writer at a time for the ledger: the agent, the watchdog and the command line may all want to put things back at once.
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError } from '../contract/errors.ts';

/** Longest wait for another writer, milliseconds: a step that asks a person for a password takes its time. */
const patienceMs = 60_000;

/** Runs `work` while no other process does so for the same folder. A holder that died counts for nothing. @throws AgentError setup-failed */
export async function withLedgerLock<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const file = join(dataDir, 'ledger.lock');
  const end = performance.now() + patienceMs;
  while (!take(file)) {
    if (performance.now() > end) {
      throw new AgentError('setup-failed', `Another Heimdall (process ${holderOf(file)}) has been changing the machine for a minute. Stop it, or try again.`);
    }
    await sleep(25);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
    sweep(file);
  }
}

/** What processes that died while they waited have left. */
function sweep(file: string): void {
  for (const name of readdirSync(dirname(file))) {
    const [, pid] = /^ledger\.lock\.(\d+)/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(dirname(file), name), { force: true });
  }
}

/** A link appears whole, with the holder's number in it: a kill never leaves a lock without a holder. */
function take(file: string): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid), { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = holderOf(file);
    if (!isAlive(Number(holder))) setAside(file, holder);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Two that find the same dead holder must not take each other's new lock away: the name is moved, and moved back if it was not the dead one's. */
function setAside(file: string, holder: string): void {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) === holder) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch {
    // Another one was quicker.
  }
}

function isAlive(pid: number): boolean {
  // Released, or damaged: nobody holds it.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

// The ledger of changes to the machine, from which `heimdall restore` undoes them. This version changes nothing, so it writes none.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where a version that changes the machine keeps its ledger. */
export function ledgerFile(dataDir: string): string {
  return join(dataDir, 'ledger.jsonl');
}

/** True where a newer Heimdall has left a ledger, which this version must not pretend to undo. */
export function hasLedger(dataDir: string): boolean {
  return existsSync(ledgerFile(dataDir));
}

// The promise to put everything back, asked at every step: a set-up is killed anywhere, restored, and the machine is as it was, byte for byte.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CrashReport } from './crash-conductor.ts';
import { populate } from './populated-home.ts';
import { ThrowAwayMachine } from './throw-away-machine.ts';

/** One machine each, so that they run side by side. */
const rooms = (process.env['CRASH_ROOMS'] ?? 'trust.,environment.,tools.,proxy.,service.').split(',');
/** The ledger's own steps are the same whatever it changes: one surface is enough for them. */
const withLedger = 'proxy.gnome';

describe('a set-up killed at every step', () => {
  it.concurrent.for([...rooms, withLedger])('leaves nothing behind after restore: %s', { timeout: 1_200_000 }, async (prefix, { onTestFinished }) => {
    // Tests run side by side: only the context knows whose end it is.
    const machine = await ThrowAwayMachine.start(onTestFinished);
    await populate(machine);
    const dataDir = join(machine.home, '.local/share/heimdall');
    const makeAuthority = `import { openAuthority } from ${JSON.stringify(join(import.meta.dirname, '../../src/ca/authority.ts'))};
      await openAuthority({ dir: ${JSON.stringify(dataDir)}, permitted: ['api.openai.com'] });`;
    await machine.must(['mkdir', '-p', dataDir]);
    await machine.must([process.execPath, '--input-type=module', '-e', makeAuthority]);
    const task = { dataDir, grounds: machine.grounds([]), prefix, ledger: prefix === withLedger };
    const conductor = join(import.meta.dirname, 'crash-conductor.ts');
    const said = await machine.must([process.execPath, conductor, 'conduct', JSON.stringify(task)], { timeoutMs: 1_200_000 });
    const report = JSON.parse(said) as CrashReport;
    for (const { id, steps, kills } of report.surfaces) process.stdout.write(`${id}: ${steps} steps, killed ${kills} times\n`);
    for (const { id, why } of report.skipped) process.stdout.write(`${id}: not here (${why})\n`);
    expect(report.broken).toEqual([]);
    expect(report.surfaces.length).toBeGreaterThan(0);
  });
});

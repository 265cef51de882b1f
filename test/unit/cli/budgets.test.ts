import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { BudgetStatus } from '../../../src/contract/budget.ts';
import { controlPath } from '../../../src/control/path.ts';
import { handlers, startServer, status } from '../control/fixture.ts';
import { cli, contextOf, temporaryFolder } from './fixture.ts';

const freeAt = new Date(2026, 11, 1).getTime();
const accounts: readonly BudgetStatus[] = [
  {
    budget: 'team',
    account: 'red',
    usd: { used: 10.5, reserved: 0, limit: 10, per: 'month', window: 'calendar', unpriced: 3 },
    requests: { used: 7, limit: 60 },
    tokens: undefined,
    freeAt,
  },
  {
    budget: 'key:ci',
    account: '',
    usd: { used: 0.004, reserved: 0.25, limit: 1, per: 'day', window: 'rolling' },
    requests: undefined,
    tokens: { used: 100_000, limit: 100_000 },
    freeAt: undefined,
  },
];

async function homeWith(budgets: readonly BudgetStatus[]): Promise<string> {
  const home = temporaryFolder();
  const path = controlPath(join(home, '.local/share/heimdall'), 'linux', {});
  await startServer({ path, handlers: { ...handlers, 'status.get': () => ({ ...status, budgets }) } });
  return home;
}

/** What a terminal of so many columns shows, without colour. */
async function inTerminal(home: string, columns: number): Promise<string> {
  let shown = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shown += chunk.toString();
      done();
    },
  });
  const out = Object.assign(stream, { isTTY: true, columns });
  await runCli(['budgets'], contextOf({ home, env: { NO_COLOR: '1' } }, out));
  return shown;
}

describe('heimdall budgets', () => {
  it('shows a row per limit with what is used, reserved and free again, and what has no price', async () => {
    const { exit, out } = await cli({ home: await homeWith(accounts) }, 'budgets');
    expect(exit).toBe(0);
    expect(out).toMatch(/^budget +account +of +used +reserved +limit +share +free again$/m);
    expect(out).toMatch(/^team +red +money this month +\$10\.50 +\$10\.00 +105 % +2026-12-01 00:00:00$/m);
    expect(out).toMatch(/^team +red +requests a minute +7 +60 +11 %$/m);
    expect(out).toMatch(/^key:ci +money in 24 hours +\$0\.0040 +\$0\.25 +\$1\.00 +25 %$/m);
    expect(out).toMatch(/^key:ci +tokens a minute +100000 +100000 +100 % +when calls under way end$/m);
    expect(out).toMatch(/^team \(red\): 3 calls for models without a known price took no money from it\./m);
    expect(out).not.toMatch(/[█░]/);
  });

  it('draws bars in a terminal, and leaves out what is least needed in a narrow one', async () => {
    const home = await homeWith(accounts);
    const wide = await inTerminal(home, 120);
    expect(wide).toContain('██████████ 105 %');
    expect(wide).toContain('███░░░░░░░ 25 %');
    const narrow = await inTerminal(home, 60);
    expect(narrow).not.toContain('░');
    expect(narrow).toMatch(/^team +red +\$10\.50 +\$10\.00 +2026-12-01 00:00:00$/m);
  });

  it('gives JSON', async () => {
    const { exit, out } = await cli({ home: await homeWith(accounts) }, 'budgets', '--json');
    expect([exit, JSON.parse(out)]).toEqual([0, JSON.parse(JSON.stringify(accounts))]);
  });

  it('says so where there is no budget, and where no agent runs', async () => {
    expect((await cli({ home: await homeWith([]) }, 'budgets')).out).toContain('No budget is set');
    const alone = await cli({ home: temporaryFolder() }, 'budgets');
    expect([alone.exit, alone.err]).toEqual([3, expect.stringContaining('No agent runs')]);
  });
});

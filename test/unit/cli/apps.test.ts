import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CoverageStep } from '../../../src/contract/coverage.ts';
import type { AppRow } from '../../../src/contract/usage.ts';
import { controlPath } from '../../../src/control/path.ts';
import { handlers, startServer } from '../control/fixture.ts';
import { cli, temporaryFolder } from './fixture.ts';

function homeWith(program: string) {
  const home = temporaryFolder();
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin', program), '#!/bin/sh\nexit 1\n');
  chmodSync(join(home, 'bin', program), 0o755);
  return { home, env: { PATH: join(home, 'bin'), HOME: home } };
}

describe('heimdall apps without an agent', () => {
  it('lists what is on the machine with a mark per step, the legend, reasons and what to do', async () => {
    const { exit, out } = await cli(homeWith('crush'), 'apps');
    expect(exit).toBe(0);
    expect(out).toMatch(/^app +detected +wired +trusted +observed +enforced +id$/m);
    expect(out).toMatch(/^Crush +✓ +✗ +✗ +\? +\? +crush$/m);
    expect(out).toMatch(/✓ yes {2}✗ no {2}\? unknown\ndetected: /);
    expect(out).toMatch(/ {2}Crush: not wired\n {4}.+\n {4}→ `heimdall setup --only environment`/);
    expect(out).toContain('No agent runs');
  });

  it('tells every step of one app, and gives JSON', async () => {
    const options = homeWith('crush');
    const { out } = await cli(options, 'apps', '--app', 'crush');
    expect(out).toContain(`✓ detected\n      Found: ${join(options.home, 'bin', 'crush')}.`);
    const document = JSON.parse((await cli(options, 'apps', '--app', 'crush', '--json')).out) as {
      agent: boolean;
      apps: { id: string; coverage: Record<string, { state: string }> }[];
    };
    expect([document.agent, document.apps[0]?.id, document.apps[0]?.coverage['observed']?.state]).toEqual([false, 'crush', 'unknown']);
  });

  it('says so of an app that is not there, and cannot decide', async () => {
    const options = homeWith('crush');
    const unknown = await cli(options, 'apps', '--app', 'nothing');
    expect([unknown.exit, unknown.err]).toEqual([2, expect.stringContaining('No app "nothing" was found')]);
    const decided = await cli(options, 'apps', 'deny', 'crush', '--json');
    expect([decided.exit, decided.err]).toEqual([3, expect.stringContaining('No agent runs')]);
  });
});

describe('heimdall apps with an agent', () => {
  it('asks it, and hands decisions over', async () => {
    const home = temporaryFolder();
    const step = (state: CoverageStep['state']): CoverageStep => ({
      state,
      how: 'Looked.',
      ...(state === 'no' ? { reason: 'It runs, and has made no AI call yet.' } : {}),
    });
    const zed: AppRow = {
      ...{
        id: 'zed',
        name: 'Zed',
        known: true,
        installedAt: '/usr/bin/zed',
        firstSeen: undefined,
        lastSeen: undefined,
        exchanges: 0,
        tunnels: 0,
        blocked: 0,
        costUsd: 0,
      },
      ...{ decision: 'approved', decidedBy: 'user' },
      coverage: { detected: step('yes'), wired: step('yes'), trusted: step('yes'), observed: step('no'), enforced: step('no') },
    };
    const decided: unknown[] = [];
    const answers: typeof handlers = {
      ...handlers,
      'apps.list': () => [zed],
      'apps.decide': (params) => {
        decided.push(params);
        return zed;
      },
    };
    await startServer({ path: controlPath(join(home, 'data'), 'linux', {}), handlers: answers });
    const approved = await cli({ home }, 'apps', 'approve', 'zed', '--data-dir', join(home, 'data'));
    expect([approved.exit, approved.out, decided]).toEqual([0, 'Zed: approved. The agent has taken it over.\n', [{ app: 'zed', decision: 'approved' }]]);
    const { out } = await cli({ home }, 'apps', '--data-dir', join(home, 'data'));
    expect(out).toMatch(/^Zed +✓ +✓ +✓ +✗ +✗ +approved +zed$/m);
    expect(out).toMatch(/ {2}Zed: not observed\n {4}It runs, and has made no AI call yet\.\n/);
  });
});

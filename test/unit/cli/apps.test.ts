import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

import { describe, expect, it } from 'vitest';
import { changeGroups, clustersOf, placeOf, shortPath, summaryOf, ungrouped, withFailures } from '../../../../renderer/views/first-run/change-groups.ts';
import type { SetupChange } from '../../../../src/contract/setup.ts';

const change = (id: string, state: SetupChange['state'], more: Partial<SetupChange> = {}): SetupChange => ({
  id,
  group: 'tools',
  what: `Settings of ${id}`,
  to: 'the proxy',
  state,
  ...more,
});

describe('the changes of a step', () => {
  it('are grouped by kind in the order of the contract, and what needs a look stands apart', () => {
    const groups = changeGroups([
      change('a', 'done'),
      change('b', 'failed'),
      change('c', 'not-done'),
      change('d', 'changed-by-others'),
      change('e', 'done', { group: 'proxy' }),
    ]);
    expect(groups.map(({ group, urgent, rest }) => [group, urgent.map(({ id }) => id), rest.map(({ id }) => id)])).toEqual([
      ['proxy', [], ['e']],
      ['tools', ['b', 'd'], ['c', 'a']],
    ]);
  });

  it('of Heimdall itself belong to no group', () => {
    const own: SetupChange = { what: 'Settings file', to: 'the gateway', state: 'done' };
    expect(changeGroups([own])).toEqual([]);
    expect(ungrouped([own, change('a', 'done')])).toEqual([own]);
  });

  it('are summed up in words', () => {
    expect(summaryOf([change('a', 'not-done'), change('b', 'unavailable'), change('c', 'not-done')])).toBe('3 places: 2 will be changed, 1 not possible here');
    expect(summaryOf([change('a', 'done')])).toBe('1 place: done');
    expect(summaryOf([change('a', 'done'), change('b', 'failed')])).toBe('2 places: 1 failed, 1 done');
  });

  it('share a sentence with their neighbours where it is the same', () => {
    const clusters = clustersOf([change('a', 'done'), change('b', 'done'), change('c', 'failed', { reason: 'Full.' })]);
    expect(clusters.map(({ changes, text }) => [changes.length, text])).toEqual([
      [2, 'the proxy'],
      [1, 'Full.'],
    ]);
  });

  it('keep the failure of an attempt until the place is done', () => {
    const attempt = [change('a', 'failed', { reason: 'The disk is full.' }), change('b', 'failed', { reason: 'Locked.' })];
    const now = withFailures([change('a', 'not-done'), change('b', 'done')], attempt);
    expect(now.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'The disk is full.'],
      ['done', undefined],
    ]);
  });
});

describe('a place', () => {
  it('is a name and a path, and keeps other words in brackets', () => {
    expect(placeOf('Settings of git (~/.gitconfig)')).toEqual({ name: 'Settings of git', path: '~/.gitconfig' });
    expect(placeOf(String.raw`Settings of npm (C:\Users\ada\.npmrc)`).path).toBe(String.raw`C:\Users\ada\.npmrc`);
    expect(placeOf('Environment of this session (systemctl --user)').path).toBeUndefined();
  });

  it('shows where a long path begins and how it ends', () => {
    expect(shortPath('~/.gitconfig')).toBe('~/.gitconfig');
    const long = shortPath('/home/ada/.mozilla/firefox/a1b2c3d4.default-release/extensions/cert9.db');
    expect(long).toBe('/home/…/extensions/cert9.db');
    expect(shortPath(String.raw`C:\Users\ada\AppData\Roaming\Code\User\globalStorage\settings.json`)).toMatch(/^C:\\…\\.*settings\.json$/);
  });
});

import { describe, expect, it } from 'vitest';
import { countApps, coverageWords, filterApps, nextSort, sortApps, withDecided } from '../../../../renderer/views/apps/app-table.ts';
import type { CoverageStep } from '../../../../src/contract/coverage.ts';
import type { AppRow } from '../../../../src/contract/usage.ts';

const unknown: CoverageStep = { state: 'unknown', how: '' };
const app = (id: string, more: Partial<AppRow> = {}): AppRow => ({
  id,
  name: id,
  known: true,
  installedAt: undefined,
  firstSeen: undefined,
  lastSeen: undefined,
  exchanges: 0,
  tunnels: 0,
  blocked: 0,
  costUsd: 0,
  decision: 'pending',
  decidedBy: undefined,
  coverage: { detected: unknown, wired: unknown, trusted: unknown, observed: unknown, enforced: unknown },
  ...more,
});
const ids = (rows: readonly AppRow[]): string[] => rows.map(({ id }) => id);

const rows = [
  app('cursor', { name: 'Cursor', lastSeen: 20, exchanges: 5, decision: 'approved', decidedBy: 'user' }),
  app('claude-code', { name: 'Claude Code', lastSeen: 30, exchanges: 9, installedAt: '/usr/local/bin/claude' }),
  app('oddity', { known: false, lastSeen: 10, exchanges: 9, decision: 'denied', decidedBy: 'managed' }),
  app('zed', { name: 'Zed', installedAt: '/opt/zed' }),
];

describe('the table of apps', () => {
  it('counts by decision', () => expect(countApps(rows)).toEqual({ all: 4, pending: 2, approved: 1, denied: 1, unknown: 1 }));

  it('filters by decision', () => {
    expect(ids(filterApps(rows, 'pending', ''))).toEqual(['claude-code', 'zed']);
    expect(ids(filterApps(rows, 'denied', ''))).toEqual(['oddity']);
  });

  it('finds every word in name, id or folder, whatever their case', () => {
    expect(ids(filterApps(rows, 'all', 'CLAUDE bin'))).toEqual(['claude-code']);
    expect(ids(filterApps(rows, 'all', 'claude opt'))).toEqual([]);
    expect(filterApps(rows, 'all', '   ')).toHaveLength(4);
  });

  it('keeps apps that were never seen last, whichever way it is sorted', () => {
    expect(ids(sortApps(rows, { column: 'seen', descending: true }))).toEqual(['claude-code', 'cursor', 'oddity', 'zed']);
    expect(ids(sortApps(rows, { column: 'seen', descending: false }))).toEqual(['oddity', 'cursor', 'claude-code', 'zed']);
  });

  it('settles equal figures by name', () => {
    expect(ids(sortApps(rows, { column: 'calls', descending: true }))).toEqual(['claude-code', 'oddity', 'cursor', 'zed']);
  });

  it('puts undecided apps first', () => expect(ids(sortApps(rows, { column: 'decision', descending: false })).slice(0, 2)).toEqual(['claude-code', 'zed']));

  it('says the five marks in words, and sorts by how many hold', () => {
    const zed = app('zed', { name: 'Zed', coverage: { ...app('x').coverage, detected: { state: 'yes', how: '' }, wired: { state: 'no', how: '' } } });
    expect(coverageWords(zed)).toBe('Coverage of Zed: detected yes, wired no, trusted not known, observed not known, enforced not known. Show why.');
    expect(ids(sortApps([...rows.slice(0, 2), zed], { column: 'coverage', descending: true }))[0]).toBe('zed');
  });

  it('turns a column round at the second click', () => {
    const first = nextSort({ column: 'name', descending: false }, 'calls');
    expect(first).toEqual({ column: 'calls', descending: true });
    expect(nextSort(first, 'calls')).toEqual({ column: 'calls', descending: false });
    expect(nextSort(first, 'name')).toEqual({ column: 'name', descending: false });
  });

  it('takes the decided row over from the agent', () => {
    const decided = app('zed', { name: 'Zed', decision: 'denied', decidedBy: 'user' });
    expect(withDecided(rows, decided).at(-1)).toBe(decided);
    expect(withDecided(rows, app('gone'))).toEqual(rows);
  });
});

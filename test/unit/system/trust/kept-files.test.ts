import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeptFiles } from '../../../../src/system/trust/kept-files.ts';
import { throwAwayMachine } from './machine.ts';

describe('kept files', () => {
  it('are readable by their owner alone, and go when no change needs them', async () => {
    const { dataDir } = (await throwAwayMachine()).machine;
    const kept = new KeptFiles(dataDir);
    const [before, after, same] = ['before', 'after', 'same'].map((text) => kept.keep(Buffer.from(text))) as [string, string, string];
    const base = { id: 'a place', fingerprint: '', over: null, before: { '/a': before, '/b': same }, missing: null };
    kept.note(base);
    // What the change will touch is not known yet.
    expect(kept.bytes(same).toString()).toBe('same');
    expect(() => kept.bytes(after)).toThrow();
    kept.keep(Buffer.from('after'));
    kept.note({ ...base, after: { '/a': after, '/b': same } });
    expect([kept.bytes(before).toString(), kept.bytes(after).toString()]).toEqual(['before', 'after']);
    expect(() => kept.bytes(same)).toThrow();
    for (const name of readdirSync(join(dataDir, 'kept'))) expect(statSync(join(dataDir, 'kept', name)).mode & 0o777).toBe(0o600);
    kept.forget('a place');
    expect(readdirSync(dataDir)).not.toContain('kept');
  });

  it('are not put anywhere when they are not what was kept', async () => {
    const { dataDir } = (await throwAwayMachine()).machine;
    const kept = new KeptFiles(dataDir);
    const entry = kept.keep(Buffer.from('a database'));
    writeFileSync(join(dataDir, 'kept', entry.slice('file:'.length)), 'something else');
    expect(() => kept.bytes(entry)).toThrow('damaged');
  });
});

import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ledger, ledgerFile } from '../../../src/system/ledger.ts';
import type { Register, Surface } from '../../../src/system/ledger.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'heimdall-ledger-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A place of the machine in memory. `dies` throws before or after the value is written, as a kill would end it. */
class Place implements Surface {
  readonly id: string;
  value: Register;
  dies: 'before' | 'after' | undefined;
  constructor(id: string, value: Register) {
    this.id = id;
    this.value = value;
  }
  read(): Promise<Register> {
    return Promise.resolve(this.value);
  }
  write(value: Register): Promise<void> {
    if (this.dies === 'before') return Promise.reject(new Error('killed'));
    this.value = value;
    return this.dies === 'after' ? Promise.reject(new Error('killed')) : Promise.resolve();
  }
}

describe('the ledger', () => {
  it('puts back what was there before the first change', async () => {
    const place = new Place('proxy', { mode: 'none', url: '' });
    const ledger = new Ledger(dir);
    await ledger.apply(place, { mode: 'auto', url: 'http://127.0.0.1:1/proxy.pac' });
    await ledger.apply(place, { url: 'http://127.0.0.1:2/proxy.pac', mode: 'auto' });
    expect(await new Ledger(dir).revert(place)).toEqual({ surface: 'proxy', outcome: 'restored' });
    expect(place.value).toEqual({ mode: 'none', url: '' });
    expect(await new Ledger(dir).revert(place)).toEqual({ surface: 'proxy', outcome: 'already-original' });
  });

  it('keeps what someone else has put there since', async () => {
    const place = new Place('proxy', 'none');
    const ledger = new Ledger(dir);
    await ledger.apply(place, 'ours');
    place.value = 'corporate';
    expect(await ledger.revert(place)).toMatchObject({ outcome: 'kept-theirs' });
    expect(place.value).toBe('corporate');
    expect(ledger.open()).toEqual([]);
  });

  it.each(['before', 'after'] as const)('brings the machine back when it was killed just %s the write', async (dies) => {
    const place = new Place('proxy', 'none');
    place.dies = dies;
    await expect(new Ledger(dir).apply(place, 'ours')).rejects.toThrow('killed');
    place.dies = undefined;
    const { outcome } = await new Ledger(dir).revert(place);
    expect(outcome).toBe(dies === 'before' ? 'already-original' : 'restored');
    expect(place.value).toBe('none');
  });

  it('brings the machine back when it was killed while putting back', async () => {
    const place = new Place('proxy', 'none');
    await new Ledger(dir).apply(place, 'ours');
    place.dies = 'after';
    expect(await new Ledger(dir).revert(place)).toMatchObject({ outcome: 'failed', detail: 'killed' });
    place.dies = undefined;
    expect(await new Ledger(dir).revert(place)).toMatchObject({ outcome: 'already-original' });
    expect(place.value).toBe('none');
  });

  it('survives a cut at every byte of its file: the machine is put back or was never touched', async () => {
    const place = new Place('proxy', 'none');
    await new Ledger(dir).apply(place, 'ours');
    const whole = readFileSync(ledgerFile(dir));
    const firstLine = whole.indexOf('\n') + 1;
    for (let cut = 0; cut <= whole.length; cut += 1) {
      writeFileSync(ledgerFile(dir), whole.subarray(0, cut));
      // The line is synced before the machine is touched: a file cut inside it means the write never happened.
      place.value = cut < firstLine - 1 ? 'none' : 'ours';
      await new Ledger(dir).revert(place);
      expect(place.value, `cut at byte ${cut}`).toBe('none');
      await new Ledger(dir).apply(place, 'again');
      expect(new Ledger(dir).open(), `cut at byte ${cut}`).toMatchObject([{ original: 'none', ours: 'again' }]);
      place.value = 'none';
    }
  });

  it('names a damaged line instead of passing it over', async () => {
    await new Ledger(dir).apply(new Place('proxy', 'none'), 'ours');
    appendFileSync(ledgerFile(dir), 'not json\n{"at":1,"phase":"done","surface":"proxy"}\n');
    expect(() => new Ledger(dir).open()).toThrow(/damaged in line 3/);
  });
});

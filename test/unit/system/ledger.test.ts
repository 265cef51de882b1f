import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ledger, ledgerFile } from '../../../src/system/ledger.ts';
import type { Register, Surface, ThreeWay } from '../../../src/system/surface.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'heimdall-ledger-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A place of the machine in memory. `dies` throws before or after the value is written, as a kill would end it. */
class Place implements Surface {
  readonly id: string;
  value: Register;
  wants: Register = 'ours';
  dies: 'before' | 'after' | undefined;
  constructor(id: string, value: Register) {
    this.id = id;
    this.value = value;
  }
  wanted(): Register {
    return this.wants;
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

const deadPorts = new Set<number>();
const ledgerOf = (): Ledger => new Ledger(dir, (port) => Promise.resolve(deadPorts.has(port)));

/** Sets what the place wants, then applies it. */
async function put(ledger: Ledger, place: Place, value: Register): Promise<void> {
  place.wants = value;
  await ledger.apply(place);
}

describe('the ledger', () => {
  it('puts back what was there before the first change', async () => {
    const place = new Place('proxy', { mode: 'none', url: '' });
    const ledger = ledgerOf();
    await put(ledger, place, { mode: 'auto', url: 'http://127.0.0.1:1/proxy.pac' });
    await put(ledger, place, { url: 'http://127.0.0.1:2/proxy.pac', mode: 'auto' });
    expect(await ledgerOf().revert(place)).toEqual({ surface: 'proxy', outcome: 'restored' });
    expect(place.value).toEqual({ mode: 'none', url: '' });
    expect(await ledgerOf().revert(place)).toEqual({ surface: 'proxy', outcome: 'already-original' });
  });

  it('keeps what someone else has put there since', async () => {
    const place = new Place('proxy', 'none');
    const ledger = ledgerOf();
    await put(ledger, place, 'ours');
    place.value = 'corporate';
    expect(await ledger.revert(place)).toMatchObject({ outcome: 'kept-theirs' });
    expect(place.value).toBe('corporate');
    expect(ledger.open()).toEqual([]);
  });

  it.each(['before', 'after'] as const)('brings the machine back when it was killed just %s the write', async (dies) => {
    const place = new Place('proxy', 'none');
    place.dies = dies;
    await expect(put(ledgerOf(), place, 'ours')).rejects.toThrow('killed');
    place.dies = undefined;
    const { outcome } = await ledgerOf().revert(place);
    expect(outcome).toBe(dies === 'before' ? 'already-original' : 'restored');
    expect(place.value).toBe('none');
  });

  it('brings the machine back when it was killed while putting back', async () => {
    const place = new Place('proxy', 'none');
    await put(ledgerOf(), place, 'ours');
    place.dies = 'after';
    expect(await ledgerOf().revert(place)).toMatchObject({ outcome: 'failed', detail: 'killed' });
    place.dies = undefined;
    expect(await ledgerOf().revert(place)).toMatchObject({ outcome: 'already-original' });
    expect(place.value).toBe('none');
  });

  it('survives a cut at every byte of its file: the machine is put back or was never touched', async () => {
    const place = new Place('proxy', 'none');
    await put(ledgerOf(), place, 'ours');
    const whole = readFileSync(ledgerFile(dir));
    const firstLine = whole.indexOf('\n') + 1;
    for (let cut = 0; cut <= whole.length; cut += 1) {
      writeFileSync(ledgerFile(dir), whole.subarray(0, cut));
      // The line is synced before the machine is touched: a file cut inside it means the write never happened.
      place.value = cut < firstLine - 1 ? 'none' : 'ours';
      await ledgerOf().revert(place);
      expect(place.value, `cut at byte ${cut}`).toBe('none');
      await put(ledgerOf(), place, 'again');
      expect(ledgerOf().open(), `cut at byte ${cut}`).toMatchObject([{ original: 'none', ours: 'again' }]);
      place.value = 'none';
    }
  });

  it('names a damaged line instead of passing it over', async () => {
    await ledgerOf().apply(new Place('proxy', 'none'));
    appendFileSync(ledgerFile(dir), 'not json\n{"at":1,"phase":"done","surface":"proxy"}\n');
    expect(() => ledgerOf().open()).toThrow(/damaged in line 3/);
  });

  it('keeps the first original, and takes what others changed meanwhile into it', async () => {
    const place = new Place('proxy', 'none');
    await put(ledgerOf(), place, 'ours on port 1');
    await put(ledgerOf(), place, 'ours on port 2');
    expect(ledgerOf().open()).toMatchObject([{ original: 'none', ours: 'ours on port 2', earlier: ['ours on port 1'] }]);
    place.value = 'corporate';
    await put(ledgerOf(), place, 'ours on port 3');
    await ledgerOf().revert(place);
    expect(place.value).toBe('corporate');
  });

  it('knows an earlier value of ours when it was killed before the newer one was written', async () => {
    const place = new Place('proxy', 'none');
    await put(ledgerOf(), place, 'ours on port 1');
    place.dies = 'before';
    await expect(put(ledgerOf(), place, 'ours on port 2')).rejects.toThrow('killed');
    place.dies = undefined;
    expect(await ledgerOf().revert(place)).toMatchObject({ outcome: 'restored' });
    expect(place.value).toBe('none');
  });

  it('changes and notes nothing where the place already holds what is wanted', async () => {
    await put(ledgerOf(), new Place('proxy', 'ours'), 'ours');
    expect(ledgerOf().open()).toEqual([]);
  });

  it('takes only what is ours out of what somebody has changed since', async () => {
    const list = Object.assign(new Place('list', ['a']), {
      without: ({ current, ours, original }: ThreeWay): Register => {
        const added = (ours as readonly string[]).filter((each) => !(original as readonly string[]).includes(each));
        return (current as readonly string[]).filter((each) => !added.includes(each));
      },
    });
    await put(ledgerOf(), list, ['a', 'heimdall']);
    list.value = ['a', 'heimdall', 'b'];
    expect(await ledgerOf().revert(list)).toMatchObject({ outcome: 'restored' });
    expect(list.value).toEqual(['a', 'b']);
  });

  it('never puts back a value that sends traffic to a port where nothing listens', async () => {
    deadPorts.add(8888);
    const place = Object.assign(new Place('proxy', 'http://127.0.0.1:8888'), {
      localPorts: (value: Register) => (typeof value === 'string' && value.endsWith(':8888') ? [8888] : []),
      neutral: (): Register => 'none',
    });
    await put(ledgerOf(), place, 'ours');
    const { outcome, detail } = await ledgerOf().revert(place);
    expect(outcome).toBe('restored');
    expect(detail).toContain('port 8888');
    expect(place.value).toBe('none');
    deadPorts.clear();
  });

  it('is gone once nothing stands: it may hold what people would rather not keep twice', async () => {
    const place = new Place('proxy', 'none');
    await put(ledgerOf(), place, 'ours');
    expect(existsSync(ledgerFile(dir))).toBe(true);
    await ledgerOf().revert(place);
    expect(existsSync(ledgerFile(dir))).toBe(false);
  });
});

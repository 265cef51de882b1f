import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SurfaceGroup } from '../../../src/contract/setup.ts';
import { withLedgerLock } from '../../../src/system/ledger-lock.ts';
import { choicesFile } from '../../../src/system/setup-choices.ts';
import { Setup } from '../../../src/system/setup.ts';
import type { Register, SetupMachine, SetupSurface } from '../../../src/system/surface.ts';

let dataDir: string;
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'heimdall-setup-'))));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** A place of the machine in memory. */
class Place implements SetupSurface {
  readonly what: string;
  readonly to = 'ours';
  value: Register = 'theirs';
  wants: Register = 'ours';
  reason: string | undefined;
  breaks = false;
  readonly id: string;
  readonly group: SurfaceGroup;
  readonly life: 'live' | 'lasting';
  constructor(id: string, group: SurfaceGroup, life: 'live' | 'lasting') {
    this.id = id;
    this.what = `the place ${id}`;
    this.group = group;
    this.life = life;
  }
  read(): Promise<Register> {
    return Promise.resolve(this.value);
  }
  write(value: Register): Promise<void> {
    if (this.breaks) return Promise.reject(new Error('it broke'));
    this.value = value;
    return Promise.resolve();
  }
  wanted(): Register {
    return this.wants;
  }
  obstacle(): Promise<string | undefined> {
    return Promise.resolve(this.reason);
  }
}

const trust = (): Place => new Place('trust.a', 'trust', 'lasting');
const proxy = (): Place => new Place('proxy.a', 'proxy', 'live');
const setupOf = (...places: readonly Place[]): Setup => new Setup({ dataDir } as SetupMachine, places);

describe('the set-up', () => {
  it('makes lasting changes at once, and live ones only while the agent listens', async () => {
    const places = [trust(), proxy()] as const;
    expect(await setupOf(...places).apply(['trust', 'proxy'], false)).toMatchObject([{ state: 'done' }, { state: 'waiting' }]);
    expect(places.map(({ value }) => value)).toEqual(['ours', 'theirs']);
    expect(await setupOf(...places).resume()).toMatchObject([{ state: 'done' }, { state: 'done' }]);
    expect(places.map(({ value }) => value)).toEqual(['ours', 'ours']);
    expect(await setupOf(...places).suspend()).toEqual([{ surface: 'proxy.a', what: 'the place proxy.a', outcome: 'restored' }]);
    expect(places.map(({ value }) => value)).toEqual(['ours', 'theirs']);
  });

  it('puts everything back, last change first, and forgets what was chosen', async () => {
    const places = [trust(), proxy()] as const;
    await setupOf(...places).apply(['trust', 'proxy'], true);
    expect((await setupOf(...places).restore()).map(({ surface }) => surface)).toEqual(['proxy.a', 'trust.a']);
    expect(places.map(({ value }) => value)).toEqual(['theirs', 'theirs']);
    expect(await setupOf(...places).resume()).toEqual([]);
    expect(places.map(({ value }) => value)).toEqual(['theirs', 'theirs']);
    expect(await setupOf(...places).restore()).toEqual([]);
  });

  it('goes on where one place fails, and says which and why', async () => {
    const broken = Object.assign(trust(), { breaks: true });
    const fine = new Place('trust.b', 'trust', 'lasting');
    const changes = await setupOf(broken, fine).apply(['trust'], true);
    expect(changes).toMatchObject([
      { id: 'trust.a', state: 'failed', reason: 'it broke' },
      { id: 'trust.b', state: 'done' },
    ]);
    expect(fine.value).toBe('ours');
  });

  it('leaves alone what cannot or must not be changed, with the reason', async () => {
    const locked = Object.assign(proxy(), { reason: 'Your administrator has locked it.' });
    expect(await setupOf(locked).apply(['proxy'], true)).toMatchObject([{ state: 'unavailable', reason: 'Your administrator has locked it.' }]);
    expect(locked.value).toBe('theirs');
  });

  it('follows the port when it has moved', async () => {
    const place = proxy();
    await setupOf(place).apply(['proxy'], true);
    place.wants = 'ours on another port';
    await setupOf(place).resume();
    expect(place.value).toBe('ours on another port');
    await setupOf(place).restore();
    expect(place.value).toBe('theirs');
  });

  it('says what others have changed since', async () => {
    const place = trust();
    await setupOf(place).apply(['trust'], true);
    place.value = 'somebody else';
    expect(await setupOf(place).look(['trust'])).toMatchObject([{ state: 'changed-by-others' }]);
    expect(await setupOf(place).restore()).toMatchObject([{ outcome: 'kept-theirs' }]);
    expect(place.value).toBe('somebody else');
  });

  it('takes back one group and keeps the others', async () => {
    const places = [trust(), proxy()] as const;
    await setupOf(...places).apply(['trust', 'proxy'], true);
    await setupOf(...places).undo(['trust']);
    expect(places.map(({ value }) => value)).toEqual(['theirs', 'ours']);
    expect([...setupOf(...places).chosen]).toEqual(['proxy']);
  });

  it('closes what stood in a place that is gone, and keeps what it cannot undo', async () => {
    const gone = new Place(`tools.a:${join(dataDir, 'gone.json')}`, 'tools', 'live');
    const foreign = new Place('tools.of-a-newer-version', 'tools', 'live');
    await setupOf(gone, foreign).apply(['tools'], true);
    expect(await setupOf().restore()).toMatchObject([
      { surface: gone.id, outcome: 'already-original' },
      { surface: foreign.id, outcome: 'failed' },
    ]);
    expect(await setupOf(foreign).restore()).toMatchObject([{ surface: foreign.id, outcome: 'restored' }]);
  });

  it('changes nothing unasked when the file of choices is damaged', async () => {
    writeFileSync(choicesFile(dataDir), 'not json');
    const place = proxy();
    expect(await setupOf(place).resume()).toEqual([]);
    expect(place.value).toBe('theirs');
  });
});

describe('the lock of the ledger', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = (): Promise<void> =>
      withLedgerLock(dataDir, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
      });
    await Promise.all([work(), work(), work(), work()]);
    expect(most).toBe(1);
  });

  it('is free again when its holder has died', async () => {
    // No process has this number: it is above what Linux gives out.
    writeFileSync(join(dataDir, 'ledger.lock'), '99999999');
    expect(await withLedgerLock(dataDir, () => Promise.resolve('in'))).toBe('in');
  });

  it('is released when the work fails', async () => {
    await expect(withLedgerLock(dataDir, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLedgerLock(dataDir, () => Promise.resolve('in'))).toBe('in');
  });
});

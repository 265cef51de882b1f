// Follows the links of a chain row by row, and tells what was done where one does not hold.
import type { ChainFault } from '../contract/audit.ts';
import { link, noHash, type Place } from './chain.ts';

export interface StoredRow extends Place {
  readonly text: string;
}

interface Suspect extends StoredRow {
  /** Hash that stands before it in the file. */
  readonly previous: Uint8Array;
}

// How many rows put in or taken out at one place are still recognised as such, rather than as so many edits.
const reach = 8;
// Rows compared with each other to recognise moves; more faults than that are reported as edits.
const mostSuspects = 200;

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export class ChainWalk {
  rows = 0;
  /** The place of the last row read. */
  last: Place;
  readonly #faults: ChainFault[] = [];
  readonly #suspects: Suspect[] = [];
  /** Stored hashes of the latest rows, newest last. */
  readonly #recent: Uint8Array[];
  /** How far rows stand above the place they were written for, after rows were put in (or, negative, taken out) and the rest renumbered. */
  #shift = 0;
  #unexplained = 0;

  /** `start` is the place the first row must follow: what retention removed, or nothing. */
  constructor(start: Place | undefined) {
    this.last = start ?? { seq: 0, hash: noHash };
    this.#recent = [this.last.hash];
  }

  /** Takes the next row; true when it is linked as it should be. */
  step(row: StoredRow): boolean {
    const expected = this.last.seq + 1;
    const jumped = row.seq !== expected;
    if (jumped)
      this.#fault('deleted', expected, row.seq > expected ? `Rows ${expected} to ${row.seq - 1} are gone.` : `Row ${row.seq} was to be gone already.`);
    // What a row after a hole was linked to is gone with the hole, so its own link cannot be checked.
    const sound = jumped || this.#holds(row, this.last.hash, 0) || this.#explain(row);
    this.rows += 1;
    this.last = { seq: row.seq, hash: row.hash };
    this.#recent.push(row.hash);
    if (this.#recent.length > reach + 1) this.#recent.shift();
    return sound;
  }

  /** All faults; call after the last row. */
  faults(): readonly ChainFault[] {
    const moved = this.#movedRows();
    for (const suspect of this.#suspects) {
      const kind = moved.get(suspect.seq);
      if (kind === 'explained') continue;
      if (kind === 'reordered') this.#fault('reordered', suspect.seq, `Row ${suspect.seq} stands in another row's place.`);
      else this.#fault('edited', suspect.seq, `Row ${suspect.seq}, or the one before it, is not what was written.`);
    }
    if (this.#unexplained > 0) this.#fault('edited', undefined, `${this.#unexplained} further rows are not what was written.`);
    return this.#faults;
  }

  #fault(kind: ChainFault['kind'], seq: number | undefined, detail: string): void {
    this.#faults.push({ kind, seq, detail });
  }

  #holds(row: StoredRow, previous: Uint8Array, further: number): boolean {
    const written = row.seq - this.#shift - further;
    return written > 0 && same(link(previous, written, row.text), row.hash);
  }

  /** The row does not follow the one before it: were rows put in before it, or taken out, and the rest renumbered? Else it is suspect. */
  #explain(row: StoredRow): boolean {
    for (let count = 1; count <= reach; count += 1) {
      const beforeInserted = this.#recent.at(-1 - count);
      if (beforeInserted !== undefined && this.#holds(row, beforeInserted, count) && !this.#changedPlaces(row, row.seq - count)) {
        this.#resolve('inserted', row.seq - count, count);
        return true;
      }
      if (this.#holds(row, this.last.hash, -count)) {
        this.#resolve('deleted', row.seq - 1, -count);
        return true;
      }
    }
    if (this.#suspects.length < mostSuspects) this.#suspects.push({ ...row, previous: this.last.hash });
    else this.#unexplained += 1;
    return false;
  }

  /** Whether what stands at `place` belongs where `row` stands: then nothing was put in, two rows were swapped. */
  #changedPlaces(row: StoredRow, place: number): boolean {
    const other = this.#suspects.find(({ seq }) => seq === place);
    if (other === undefined) return false;
    const moved = { ...other, seq: row.seq };
    return this.#holds(moved, row.hash, 0) || this.#holds(moved, this.last.hash, 0);
  }

  #resolve(kind: 'inserted' | 'deleted', seq: number, shift: number): void {
    this.#shift += shift;
    const count = Math.abs(shift);
    const what = kind === 'inserted' ? 'did not stand here' : 'stood here and were taken out';
    this.#fault(kind, seq, `${count} row(s) at ${seq} ${what}; the rows after were renumbered.`);
    // Rows that looked wrong only because of this.
    while ((this.#suspects.at(-1)?.seq ?? 0) >= seq) this.#suspects.pop();
  }

  /** Among the suspects, finds rows that belong in another suspect's place, and rows that look wrong only because of those. */
  #movedRows(): ReadonlyMap<number, 'reordered' | 'explained'> {
    const found = new Map<number, 'reordered' | 'explained'>();
    const trueHash = new Map<number, Uint8Array>();
    for (const place of this.#suspects) {
      const previous = trueHash.get(place.seq - 1) ?? place.previous;
      if (same(link(previous, place.seq, place.text), place.hash)) {
        found.set(place.seq, 'explained');
        continue;
      }
      for (const other of this.#suspects) {
        if (other.seq === place.seq) continue;
        const belonging = link(previous, place.seq, other.text);
        if (!same(belonging, other.hash) && !same(belonging, place.hash)) continue;
        found.set(place.seq, 'reordered');
        trueHash.set(place.seq, belonging);
        break;
      }
    }
    return found;
  }
}

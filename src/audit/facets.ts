// The facets in the file: gives each row's combination of searched values its number.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { facetColumns, facetOf } from './chain.ts';
import type { AuditRecord } from '../contract/audit.ts';

// Values such as a model's name come from outside, so neither memory nor the time to open may grow with them.
const mostRemembered = 10_000;

export class Facets {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #version: StatementSync;
  readonly #ids = new Map<string, number>();
  #known = -1;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare(`INSERT INTO facets (${facetColumns.join(', ')}) VALUES (${facetColumns.map(() => '?').join(', ')})`);
    this.#version = db.prepare('PRAGMA data_version');
  }

  /** Call at the beginning of a transaction: another writer may have removed facets meanwhile. */
  refresh(): void {
    const version = this.#version.get()?.['data_version'] as number;
    if (version === this.#known) return;
    this.#known = version;
    this.#ids.clear();
    // The latest ones; a facet that is not among them is stored once more, which does no harm.
    for (const row of this.#db.prepare('SELECT * FROM facets ORDER BY id DESC LIMIT ?').iterate(mostRemembered / 2)) {
      this.#ids.set(JSON.stringify(facetColumns.map((column) => row[column])), row['id'] as number);
    }
  }

  /** Forgets what was given since the last commit, or removed. */
  forget(): void {
    this.#known = -1;
  }

  idOf(record: AuditRecord): number {
    const values = facetOf(record);
    const key = JSON.stringify(values);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    if (this.#ids.size >= mostRemembered) this.#ids.clear();
    const id = Number(this.#insert.run(...values).lastInsertRowid);
    this.#ids.set(key, id);
    return id;
  }
}

// Counts per app what the log holds: read once in small steps between other work, then kept up with the rows that are added.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditRow } from '../contract/audit.ts';
import type { AuditLog } from './log.ts';

export interface AppFigures {
  firstSeen: number;
  lastSeen: number;
  exchanges: number;
  tunnels: number;
  blocked: number;
  costUsd: number;
}

/** Rows read before other work gets its turn. */
const step = 200;

export class AppUsage {
  readonly #audit: Pick<AuditLog, 'query' | 'onAppended'>;
  readonly #apps = new Map<string, AppFigures>();
  #reading: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;
  #isClosed = false;

  constructor(audit: Pick<AuditLog, 'query' | 'onAppended'>) {
    this.#audit = audit;
  }

  /** By app; rows without a known program are not counted. The first call reads the log, later ones have it at hand. */
  async figures(): Promise<ReadonlyMap<string, Readonly<AppFigures>>> {
    this.#reading ??= this.#read().catch((error: unknown) => {
      this.close();
      this.#apps.clear();
      this.#isClosed = false;
      this.#reading = undefined;
      throw error;
    });
    await this.#reading;
    return this.#apps;
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  async #read(): Promise<void> {
    const newest = this.#audit.query({ limit: 1 })[0]?.seq ?? 0;
    // From the same moment on: no row is missed, none counted twice.
    this.#unsubscribe = this.#audit.onAppended((rows) => {
      for (const row of rows) if (row.seq > newest) this.#count(row);
    });
    for (let after = 0; after < newest && !this.#isClosed;) {
      const rows = this.#audit.query({ after, limit: step });
      for (const row of rows) if (row.seq <= newest) this.#count(row);
      after = rows.at(-1)?.seq ?? newest;
      await nextTurn();
    }
  }

  #count({ record }: AuditRow): void {
    const app = record.peer?.app;
    if (app === undefined) return;
    const figures = this.#apps.get(app) ?? { firstSeen: record.startedAt, lastSeen: record.startedAt, exchanges: 0, tunnels: 0, blocked: 0, costUsd: 0 };
    this.#apps.set(app, figures);
    figures.firstSeen = Math.min(figures.firstSeen, record.startedAt);
    figures.lastSeen = Math.max(figures.lastSeen, record.startedAt);
    figures.exchanges += Number(record.kind === 'exchange');
    figures.tunnels += Number(record.kind === 'tunnel');
    figures.blocked += Number(record.outcome === 'refused');
    figures.costUsd += record.costUsd ?? 0;
  }
}

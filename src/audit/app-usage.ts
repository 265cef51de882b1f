// Counts per app what the log holds: read once in small steps between other work, then kept up with the rows that are added.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditRecord, AuditRow } from '../contract/audit.ts';
import type { AppSightings, Sighting } from '../contract/coverage.ts';
import type { AuditLog } from './log.ts';

export interface AppFigures extends AppSightings {
  firstSeen: number;
  lastSeen: number;
  exchanges: number;
  tunnels: number;
  blocked: number;
  costUsd: number;
  lastExchange?: Sighting;
  lastEnforced?: Sighting;
  lastTunnel?: Sighting & { readonly why: string | undefined };
  lastRejection?: Sighting;
  readonly providers: Map<string, Sighting>;
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
    const figures = this.#apps.get(app) ?? newFigures(record.startedAt);
    this.#apps.set(app, figures);
    sight(figures, record);
    figures.firstSeen = Math.min(figures.firstSeen, record.startedAt);
    figures.lastSeen = Math.max(figures.lastSeen, record.startedAt);
    figures.exchanges += Number(record.kind === 'exchange');
    figures.tunnels += Number(record.kind === 'tunnel');
    figures.blocked += Number(record.outcome === 'refused');
    figures.costUsd += record.costUsd ?? 0;
  }
}

function newFigures(at: number): AppFigures {
  return { firstSeen: at, lastSeen: at, exchanges: 0, tunnels: 0, blocked: 0, costUsd: 0, providers: new Map() };
}

/** The client ended the handshake after our certificate: by an alert, or by hanging up, as programs on Node do. */
function isRejection({ kind, handshake }: AuditRecord): boolean {
  return kind === 'handshake' && (handshake === 'cert-rejected' || handshake === 'closed' || handshake === 'reset');
}

/** Rows come in the order in which connections ended, not in which they began. */
const newer = (known: Sighting | undefined, seen: Sighting): boolean => known === undefined || seen.at >= known.at;

function sight(figures: AppFigures, record: AuditRecord): void {
  const { host, provider, kind } = record;
  const seen = { at: record.startedAt, host };
  if (kind === 'exchange' && newer(figures.lastExchange, seen)) figures.lastExchange = seen;
  // What policy could not read and let pass was not held to it.
  const isJudged = kind === 'exchange' && record.policyRevision !== undefined && record.outcome !== 'failed-open';
  if (isJudged && newer(figures.lastEnforced, seen)) figures.lastEnforced = seen;
  if (kind === 'tunnel' && provider !== undefined && newer(figures.lastTunnel, seen)) figures.lastTunnel = { ...seen, why: record.note };
  if (isRejection(record) && newer(figures.lastRejection, seen)) figures.lastRejection = seen;
  if (provider !== undefined && (kind === 'exchange' || kind === 'tunnel') && newer(figures.providers.get(provider), seen))
    figures.providers.set(provider, seen);
}

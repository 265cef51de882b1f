// A PAC file of the organisation: fetched, kept, fetched again when it is old or the network is another, asked without ever getting stuck.
import { networkInterfaces } from 'node:os';
import type { SecureContext } from 'node:tls';
import { messageOf } from '../../contract/errors.ts';
import { ownPacMark } from '../chained-pac.ts';
import { fetchPac } from './pac-fetch.ts';
import { startPac } from './pac-thread.ts';
import type { PacProgram } from './pac-thread.ts';

export interface PacFile {
  /** What the file answers; undefined when it cannot be used now. Never rejects, never waits longer than its limits. */
  find(asked: { readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number }): Promise<string | undefined>;
  /** The text, while the file can be used. */
  readonly source: string | undefined;
  /** Settles when the file has been fetched for the first time, or could not be. Never rejects. */
  readonly ready: Promise<void>;
  close(): void;
}

export interface PacFileOptions {
  readonly url: string;
  /** Why the file cannot be used; undefined when it can. */
  readonly concern: (detail: string | undefined) => void;
  readonly secureContext?: SecureContext;
  readonly fetchMs?: number;
  readonly evaluateMs?: number;
  readonly maxAgeMs?: number;
  readonly retryMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Another text: another network. */
  readonly network?: () => string;
}

interface Kept {
  readonly program: PacProgram;
  readonly source: string;
  readonly answers: Map<string, { readonly answer: string; readonly until: number }>;
}

/** An answer may hang on the time of day or on an address, so it is not kept for long. */
const answerMs = 30_000;
const maxAnswers = 1_000;
/** How often the network is looked at. */
const networkMs = 5_000;

export class KeptPac implements PacFile {
  readonly #options: Required<Omit<PacFileOptions, 'secureContext'>> & Pick<PacFileOptions, 'secureContext'>;
  readonly ready: Promise<void>;
  #kept: Kept | undefined;
  #loading: Promise<void> | undefined;
  /** When the next load is due. */
  #dueAt = 0;
  #network: string;
  #networkSeenAt: number;
  /** The network the file was loaded on. */
  #loadedOn: string | undefined;
  /** Nothing is known on this network yet, so calls wait for the load; a later one happens behind their backs. */
  #mustWait = true;
  #isClosed = false;

  constructor(options: PacFileOptions) {
    const defaults = { fetchMs: 5_000, evaluateMs: 2_000, maxAgeMs: 900_000, retryMs: 30_000, now: () => performance.now(), network: addresses };
    this.#options = { ...defaults, ...options };
    this.#network = this.#options.network();
    this.#networkSeenAt = this.#options.now();
    this.#dueAt = this.#networkSeenAt;
    this.ready = this.#load();
  }

  get source(): string | undefined {
    return this.#kept?.source;
  }

  async find({ scheme, host, port }: Parameters<PacFile['find']>[0]): Promise<string | undefined> {
    this.#watchNetwork();
    if (this.#options.now() >= this.#dueAt) void this.#load();
    if (this.#loading && this.#mustWait) await this.#loading;
    const kept = this.#kept;
    if (!kept) return undefined;
    const authority = `${host.includes(':') ? `[${host}]` : host}${port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`}`;
    const url = `${scheme}://${authority}/`;
    const known = kept.answers.get(url);
    if (known && known.until > this.#options.now()) return known.answer;
    try {
      const answer = await kept.program.find(url, host);
      if (kept.answers.size >= maxAnswers) kept.answers.clear();
      kept.answers.set(url, { answer, until: this.#options.now() + answerMs });
      return answer;
    } catch (error) {
      // A file that throws may do so for this host alone; one that hangs is given up.
      if (this.#kept === kept) this.#failed(error, kept.program.isOver);
      return undefined;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  #load(): Promise<void> {
    this.#loading ??= this.#fetch().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    const { url, fetchMs, evaluateMs, maxAgeMs, retryMs, secureContext, now } = this.#options;
    const network = this.#network;
    try {
      const source = await fetchPac(url, { timeoutMs: fetchMs, secureContext });
      if (source.startsWith(ownPacMark)) throw new Error("it is Heimdall's own");
      if (source !== this.#kept?.source) {
        const program = await startPac(source, evaluateMs);
        this.#drop();
        if (this.#isClosed) program.close();
        else this.#kept = { program, source, answers: new Map() };
      }
      this.#loadedOn = network;
      this.#dueAt = now() + maxAgeMs;
      this.#options.concern(undefined);
    } catch (error) {
      this.#dueAt = now() + retryMs;
      // A server that is down for a moment takes nothing away from the file that was there; another network does.
      this.#failed(error, network !== this.#loadedOn);
    }
    // The network may have changed meanwhile.
    if (network !== this.#network) this.#dueAt = now();
    else this.#mustWait = false;
  }

  #failed(error: unknown, isUseless: boolean): void {
    if (isUseless) {
      this.#drop();
      this.#dueAt = this.#options.now() + this.#options.retryMs;
    }
    if (!this.#isClosed) this.#options.concern(`${this.#options.url}: ${messageOf(error)}`);
  }

  #drop(): void {
    this.#kept?.program.close();
    this.#kept = undefined;
  }

  #watchNetwork(): void {
    const now = this.#options.now();
    if (now - this.#networkSeenAt < networkMs) return;
    this.#networkSeenAt = now;
    const network = this.#options.network();
    if (network === this.#network) return;
    this.#network = network;
    this.#mustWait = true;
    this.#dueAt = now;
  }
}

function addresses(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all
    .filter((entry) => !entry.internal)
    .map((entry) => entry.address)
    .sort()
    .join(' ');
}

// Clients that accept no certificate but their own: where policy lets them pass, they are learned from handshakes they broke off, for a while, and never silently.
import { isInterpreter } from '../catalog/apps.ts';
import type { HandshakeFailure, PeerProcess } from '../contract/exchange.ts';
import { compileNames } from '../contract/names.ts';
import type { PinnedPolicy } from '../contract/policy.ts';

/** An app whose connections to one host pass unread. */
export interface PinnedEntry {
  readonly app: string;
  /** Only this process, where many programs go by the name of the app. */
  readonly pid: number | undefined;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}

export interface PinnedOptions {
  readonly rules: () => PinnedPolicy;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** For the audit log: when an entry begins and when it ends. */
  readonly note: (text: string) => void;
  /** The entries as they are now. */
  readonly changed: (entries: readonly PinnedEntry[]) => void;
  /** Heimdall's own probes must always be answered with our certificate. */
  readonly ownPid: number;
}

/** So many handshakes broken off within so long, without a call that succeeded between. */
const enough = 2;
const windowMs = 5 * 60_000;
/** More at a time would be no pinning but an attack. */
const maxEntries = 100;
const maxSuspects = 1_000;

/** What a client does that has seen our certificate and wants none of it: an alert, or simply the end of the connection. */
const refusals: ReadonlySet<HandshakeFailure> = new Set(['cert-rejected', 'closed', 'reset']);

export class PinnedClients {
  readonly #options: PinnedOptions;
  readonly #suspects = new Map<string, number[]>();
  readonly #entries = new Map<string, PinnedEntry>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PinnedOptions) {
    this.#options = options;
  }

  get entries(): readonly PinnedEntry[] {
    this.#sweep();
    return [...this.#entries.values()];
  }

  /** Whether the program must be known before the handshake: one that has ended after a refusal could no longer be found. */
  concerns(host: string): boolean {
    return verdict(this.#options.rules(), host) === 'tunnel';
  }

  /** Why this program's connection to the host is passed on unread; undefined: it is not. */
  reasonToPass(peer: PeerProcess | undefined, host: string): string | undefined {
    if (this.#entries.size === 0) return undefined;
    const entry = this.entries.find((each) => peer !== undefined && isAbout(each, peer, host));
    if (entry === undefined) return undefined;
    return `learned-pinned: ${nameOf(entry)} accepts no certificate but its own for ${host}; policy lets it pass unread until ${iso(entry.until)}.`;
  }

  /** A handshake failed. A program that is not known is never learned: any process could switch off the reading for all. */
  failed(failure: HandshakeFailure, peer: PeerProcess | undefined, host: string): void {
    if (!refusals.has(failure) || peer === undefined || peer.pid === this.#options.ownPid || verdict(this.#options.rules(), host) === 'block') return;
    const now = this.#options.now();
    const key = keyOf(peer, host);
    const times = [...(this.#suspects.get(key) ?? []), now].filter((at) => now - at <= windowMs);
    if (times.length < enough) {
      if (this.#suspects.size >= maxSuspects) this.#suspects.clear();
      this.#suspects.set(key, times);
      return;
    }
    this.#suspects.delete(key);
    if (!this.#entries.has(key) && this.#entries.size < maxEntries) this.#learn(key, peer, host, now);
  }

  /** It made a call inside TLS: whatever failed before was no pinning. */
  succeeded(peer: PeerProcess | undefined, host: string): void {
    if (peer !== undefined && this.#suspects.size > 0) this.#suspects.delete(keyOf(peer, host));
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const [key, entry] of this.#entries) this.#forget(key, entry, 'the agent stops');
  }

  #learn(key: string, peer: PeerProcess, host: string, now: number): void {
    const until = now + this.#options.rules().learnMinutes * 60_000;
    const entry: PinnedEntry = { app: peer.app, pid: isInterpreter(peer.app) ? peer.pid : undefined, host, since: now, until };
    this.#entries.set(key, entry);
    this.#options.note(
      `Learned as pinned: ${nameOf(entry)} broke off ${enough} TLS handshakes for ${host} after our certificate. Policy says tunnel, so its connections to this host pass unread until ${iso(until)}.`,
    );
    this.#changed();
  }

  /** Takes out what is over or what policy wants no more. */
  #sweep(): void {
    const { rules, now } = this.#options;
    const before = this.#entries.size;
    for (const [key, entry] of this.#entries) {
      if (entry.until <= now()) this.#forget(key, entry, 'its time is over');
      else if (verdict(rules(), entry.host) === 'block') this.#forget(key, entry, 'policy says block now');
    }
    if (this.#entries.size !== before) this.#changed();
  }

  #forget(key: string, entry: PinnedEntry, why: string): void {
    this.#entries.delete(key);
    this.#options.note(`No longer passed on as pinned: ${nameOf(entry)} to ${entry.host}; ${why}.`);
  }

  #changed(): void {
    clearTimeout(this.#timer);
    const next = Math.min(...[...this.#entries.values()].map(({ until }) => until));
    // Long waits are cut: the clock of the computer may be set meanwhile.
    if (this.#entries.size > 0) this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.min(next - this.#options.now(), 60_000))).unref();
    this.#options.changed([...this.#entries.values()]);
  }

  #wake(): void {
    const before = this.#entries.size;
    this.#sweep();
    if (this.#entries.size === before) this.#changed();
  }
}

/** What policy says of a host: its own entry, the first pattern that fits, else the default. */
function verdict({ hosts, default: otherwise }: PinnedPolicy, host: string): 'block' | 'tunnel' {
  return hosts[host] ?? Object.entries(hosts).find(([pattern]) => compileNames(pattern)(host))?.[1] ?? otherwise;
}

/** Every script of Node is called node: there the entry is for the one process. */
const keyOf = ({ app, pid }: PeerProcess, host: string): string => `${app}\n${isInterpreter(app) ? pid : ''}\n${host}`;

const isAbout = (entry: PinnedEntry, peer: PeerProcess, host: string): boolean =>
  entry.host === host && entry.app === peer.app && (entry.pid === undefined || entry.pid === peer.pid);

const nameOf = ({ app, pid }: PinnedEntry): string => (pid === undefined ? `"${app}"` : `"${app}" (process ${pid})`);
const iso = (at: number): string => new Date(at).toISOString();

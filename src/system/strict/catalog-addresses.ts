// The addresses of catalog hosts, from DNS: those of a moment, and those kept up to date while the agent runs.
import { Resolver } from 'node:dns/promises';
import type { RunProgram } from '../run-program.ts';
import { confirmation } from './nftables-rules.ts';

export interface Answer {
  readonly address: string;
  /** Seconds. */
  readonly ttl: number;
}

/** Every address of a name; rejects or answers with none where there is none. */
export type ResolveName = (host: string) => Promise<readonly Answer[]>;

export interface CatalogAddresses {
  readonly addresses: readonly string[];
  /** Seconds until the first of them may have changed; undefined: none was found. */
  readonly ttl: number | undefined;
}

/** Names asked for at once: routers drop what comes in a flood. */
const atOnce = 12;

/** Wildcards cannot be asked for: their hosts have names that nobody lists. */
export const isExactName = (host: string): boolean => !host.includes('*');

export function dnsResolver(): ResolveName {
  const resolver = new Resolver({ timeout: 1_500, tries: 2 });
  return async (host) => {
    const answers = await Promise.allSettled([resolver.resolve4(host, { ttl: true }), resolver.resolve6(host, { ttl: true })]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  };
}

/** What is found in time; names that do not resolve are left out. */
export async function catalogAddresses(hosts: readonly string[], resolve: ResolveName, patienceMs: number): Promise<CatalogAddresses> {
  const found = new Map<string, number>();
  const waiting = hosts.filter(isExactName);
  let isOver = false;
  const work = async (): Promise<void> => {
    for (let host = waiting.shift(); host !== undefined && !isOver; host = waiting.shift()) {
      const answers = await resolve(host).catch(() => []);
      for (const { address, ttl } of answers) if (!isHere(address)) found.set(address, Math.min(ttl, found.get(address) ?? Infinity));
    }
  };
  await Promise.race([Promise.all(Array.from({ length: atOnce }, work)), new Promise((done) => setTimeout(done, patienceMs).unref())]);
  isOver = true;
  const ttl = Math.min(...found.values());
  return { addresses: [...found.keys()].sort(), ttl: Number.isFinite(ttl) ? ttl : undefined };
}

/** A name that is blocked or led to this machine (hosts file, filter) must not catch what goes on within it. */
const isHere = (address: string): boolean => /^(127\.|0\.0\.0\.0$|::1?$|::ffff:(127\.|0\.0\.0\.0$))/.test(address);

export interface KeepOptions {
  readonly run: RunProgram;
  readonly hosts: readonly string[];
  readonly resolve?: ResolveName;
}

const seconds = 1_000;
/** However short or long the names last. The longest is well below the time after which an address fades. */
const [shortest, longest] = [30 * seconds, 300 * seconds];
/** Where nothing resolved, as before the network is up. */
const soon = 5 * seconds;

/** Asks again and again, and tells nftables. Where the table does not stand, nothing happens. Returns the end of it. */
export function keepAddresses({ run, hosts, resolve = dnsResolver() }: KeepOptions): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const round = async (): Promise<void> => {
    const { addresses, ttl } = await catalogAddresses(hosts, resolve, 20 * seconds);
    const script = confirmation(addresses);
    if (script !== undefined && !isOver) await run('nft', [script]);
    if (!isOver) plan(ttl === undefined ? soon : Math.min(Math.max(ttl * seconds, shortest), longest));
  };
  const plan = (milliseconds: number): void => {
    timer = setTimeout(() => void round(), milliseconds).unref();
  };
  plan(soon);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

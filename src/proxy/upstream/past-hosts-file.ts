// Looks names up by DNS servers alone where the hosts file leads them to this agent: asked through the system they would lead back here.
import { lookup as systemLookup, Resolver } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { readFileSync } from 'node:fs';
import type { Lookup } from '../address-guard.ts';

/** The servers behind systemd's own, which answers from the hosts file itself. */
const serversBehindStub = '/run/systemd/resolve/resolv.conf';

type Ask = (host: string, family: 4 | 6) => Promise<readonly string[]>;

export interface PastHostsFileOptions {
  /** Whether the hosts file leads this name here. */
  readonly isLedHere: (host: string) => boolean;
  /** Replaces asking the DNS servers, in this order; a later one is asked where one before answers with this machine. */
  readonly servers?: readonly Ask[];
}

export function lookupPastHostsFile({ isLedHere, servers = dnsServers() }: PastHostsFileOptions): Lookup {
  return (host, options, done) => {
    if (!isLedHere(host)) {
      systemLookup(host, options, done);
      return;
    }
    const families =
      options.family === 4 || options.family === 'IPv4'
        ? [4 as const]
        : options.family === 6 || options.family === 'IPv6'
          ? [6 as const]
          : [4 as const, 6 as const];
    void askAll(host, families, servers).then(
      (addresses) => done(null, addresses),
      (error: unknown) => done(error as NodeJS.ErrnoException, []),
    );
  };
}

async function askAll(host: string, families: readonly (4 | 6)[], servers: readonly Ask[]): Promise<LookupAddress[]> {
  let failure: Error | undefined;
  let found: LookupAddress[] = [];
  for (const ask of servers) {
    const answers = await Promise.allSettled(families.map(async (family) => (await ask(host, family)).map((address) => ({ address, family }))));
    found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    failure ??= answers.find((answer) => answer.status === 'rejected')?.reason as Error | undefined;
    if (found.some(({ address }) => !isLoopback(address))) return found;
  }
  // Loopback is handed on: the guard says in its own words why it does not connect there.
  if (found.length === 0 && failure !== undefined) throw failure;
  return found;
}

const isLoopback = (address: string): boolean => /^(127\.|::1$)/.test(address);

function dnsServers(): readonly Ask[] {
  return [askBy(() => undefined), askBy(behindStub)];
}

/** A resolver made for each question: servers change with the network. */
function askBy(servers: () => readonly string[] | undefined): Ask {
  return (host, family) =>
    new Promise((resolve, reject) => {
      const resolver = new Resolver({ timeout: 2_000, tries: 2 });
      const named = servers();
      if (named?.length === 0) {
        resolve([]);
        return;
      }
      if (named !== undefined) resolver.setServers(named);
      const done = (error: NodeJS.ErrnoException | null, addresses: string[]): void => (error ? reject(error) : resolve(addresses));
      if (family === 4) resolver.resolve4(host, done);
      else resolver.resolve6(host, done);
    });
}

function behindStub(): readonly string[] {
  try {
    return [...readFileSync(serversBehindStub, 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '');
  } catch {
    return [];
  }
}

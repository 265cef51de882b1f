// What PAC files may ask of the network: names and own addresses. The thread of a file waits for names, which the agent's own thread looks up.
import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Shared by the two threads: a flag (0 waiting, 1 answered), then the answer as text: the name, and its addresses. */
export type ResolverMemory = SharedArrayBuffer;

const headBytes = 4;
const maxAnswerBytes = 4_096;
/** A name that takes longer counts as unknown, so that a dead resolver does not look like a file that hangs. */
const patienceMs = 700;
const keptMs = 30_000;

export const resolverMemory = (): ResolverMemory => new SharedArrayBuffer(headBytes + maxAnswerBytes);

/** In the agent's thread: looks the name up and wakes the file. */
export function answerLookup(name: string, memory: ResolverMemory): void {
  lookup(name, { all: true }, (error, found) => {
    const text = [name, ...(error ? [] : found.map(({ address }) => address))].join(' ');
    const flag = new Int32Array(memory, 0, 1);
    new Uint8Array(memory, headBytes).fill(32).set(Buffer.from(text).subarray(0, maxAnswerBytes));
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  });
}

/** In the thread of the file: the functions, which wait for their answers as the file expects. */
export function networkFunctions(memory: ResolverMemory, ask: (name: string) => void) {
  const kept = new Map<string, { readonly addresses: readonly string[]; readonly until: number }>();
  const flag = new Int32Array(memory, 0, 1);
  const resolve = (host: unknown): readonly string[] => {
    const name = String(host).replace(/^\[|\]$/g, '');
    if (isIP(name) !== 0) return [name];
    if (!/^[\w.-]{1,253}$/.test(name)) return [];
    const known = kept.get(name);
    if (known && known.until > performance.now()) return known.addresses;
    Atomics.store(flag, 0, 0);
    ask(name);
    const addresses = waitFor(name);
    if (kept.size > 500) kept.clear();
    kept.set(name, { addresses, until: performance.now() + keptMs });
    return addresses;
  };
  const waitFor = (name: string): readonly string[] => {
    const deadline = performance.now() + patienceMs;
    for (let left = patienceMs; left > 0; left = deadline - performance.now()) {
      if (Atomics.wait(flag, 0, 0, left) === 'timed-out') return [];
      const [of, ...addresses] = Buffer.from(new Uint8Array(memory, headBytes).slice()).toString('utf8').trim().split(' ');
      if (of === name) return addresses.filter((address) => isIP(address) !== 0);
      // The late answer to a question before this one.
      Atomics.store(flag, 0, 0);
    }
    return [];
  };
  const dnsResolve = (host: unknown): string | null => resolve(host).find((address) => isIP(address) === 4) ?? null;
  return {
    dnsResolve,
    isResolvable: (host: unknown): boolean => dnsResolve(host) !== null,
    isInNet: (host: unknown, base: unknown, mask: unknown): boolean => isInNet(dnsResolve(host), String(base), String(mask)),
    myIpAddress: (): string => ownAddresses().find((address) => isIP(address) === 4) ?? '127.0.0.1',
    // Microsoft's, for IPv6; Chromium has them, too.
    dnsResolveEx: (host: unknown): string => resolve(host).join(';'),
    isResolvableEx: (host: unknown): boolean => resolve(host).length > 0,
    isInNetEx: (address: unknown, range: unknown): boolean => isInRange(String(address), String(range)),
    myIpAddressEx: (): string => ownAddresses().join(';'),
  };
}

function isInNet(address: string | null, base: string, mask: string): boolean {
  if (address === null || isIP(base) !== 4 || isIP(mask) !== 4) return false;
  const [a, b, m] = [address, base, mask].map((text) => text.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0)) as [number, number, number];
  return (a & m) === (b & m);
}

function isInRange(address: string, range: string): boolean {
  const [base = '', bits = ''] = range.split('/');
  const family = isIP(base);
  if (family === 0 || isIP(address) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.filter((entry) => !entry.internal).map((entry) => entry.address);
}

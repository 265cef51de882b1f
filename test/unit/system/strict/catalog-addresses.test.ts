import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { catalogAddresses, keepAddresses } from '../../../../src/system/strict/catalog-addresses.ts';
import type { Answer } from '../../../../src/system/strict/catalog-addresses.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise<never>(() => undefined);
const nothing = { code: 0, stdout: '', stderr: '' };

it('gathers the addresses of exact names, without those of this machine, and the shortest of their times', async () => {
  const names: Readonly<Record<string, readonly Answer[]>> = {
    'a.example': [
      { address: '203.0.113.5', ttl: 300 },
      { address: '2001:db8::5', ttl: 60 },
    ],
    'b.example': [{ address: '203.0.113.5', ttl: 20 }],
    'blocked.example': [
      { address: '127.0.0.1', ttl: 1 },
      { address: '0.0.0.0', ttl: 1 },
      { address: '::1', ttl: 1 },
      { address: '::', ttl: 1 },
    ],
  };
  const resolve = (host: string): Promise<readonly Answer[]> => (names[host] ? Promise.resolve(names[host]) : Promise.reject(new Error('ENOTFOUND')));
  expect(await catalogAddresses([...Object.keys(names), '*.wild.example', 'gone.example'], resolve, 1000)).toEqual({
    addresses: ['2001:db8::5', '203.0.113.5'],
    ttl: 20,
  });
});

it('waits no longer than it may for a name server that is silent', async () => {
  const resolve = (host: string): Promise<readonly Answer[]> => (host === 'slow.example' ? never : Promise.resolve([{ address: '203.0.113.5', ttl: 60 }]));
  const found = catalogAddresses(['slow.example', 'a.example'], resolve, 1000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await found).toEqual({ addresses: ['203.0.113.5'], ttl: 60 });
});

it('never asks for more than a dozen names at once', async () => {
  let [open, most] = [0, 0];
  const resolve = async (): Promise<readonly Answer[]> => {
    open += 1;
    most = Math.max(most, open);
    await Promise.resolve();
    open -= 1;
    return [];
  };
  await catalogAddresses(
    Array.from({ length: 50 }, (_, index) => `${index}.example`),
    resolve,
    1000,
  );
  expect(most).toBe(12);
});

it('tells nftables again when names may have changed, but neither in a hurry nor too late', async () => {
  const commands: string[] = [];
  let ttl = 60;
  const stop = keepAddresses({
    hosts: ['a.example'],
    resolve: () => Promise.resolve([{ address: `203.0.113.${commands.length}`, ttl }]),
    run: (file, args) => {
      commands.push([file, ...args].join(' '));
      return Promise.resolve(nothing);
    },
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(commands).toEqual([
    'nft add element inet heimdall catalog4 { 203.0.113.0 }\ndelete element inet heimdall catalog4 { 203.0.113.0 }\nadd element inet heimdall catalog4 { 203.0.113.0 }',
  ]);
  ttl = 1;
  await vi.advanceTimersByTimeAsync(59_000);
  expect(commands).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(commands).toHaveLength(2);
  ttl = 86_400;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(commands).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(300_000);
  expect(commands).toHaveLength(4);
  stop();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(commands).toHaveLength(4);
});

it('tries again soon while nothing resolves', async () => {
  let rounds = 0;
  const run = vi.fn(() => Promise.resolve(nothing));
  const stop = keepAddresses({
    hosts: ['a.example'],
    resolve: () => {
      rounds += 1;
      return Promise.resolve([]);
    },
    run,
  });
  await vi.advanceTimersByTimeAsync(20_000);
  stop();
  expect(rounds).toBe(4);
  expect(run).not.toHaveBeenCalled();
});

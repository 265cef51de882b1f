import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { destinationFromConntrack, inodeOfClient, originalDestination, rowsOfClient } from '../../../src/system/redirected-socket.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, remote: string, inode: number): string =>
  `   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 20 4 30 10 -1`;
const table = (...rows: string[]): string => `${[head, ...rows].join('\n')}\n`;

/** 203.0.113.2:40000 → 203.0.113.53:443, as the kernel of a PC writes it. */
const client = { address: '203.0.113.2', port: 40_000 };
const [local, dialled] = ['027100CB:9C40', '357100CB:01BB'];

function procWith(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'heimdall-net-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'net'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, 'net', name), text);
  return dir;
}

it('finds the socket of the client by its own end, and reads off where it was going', () => {
  const text = table(row('0100007F:9C40', dialled, 1), row(local, '357100CB:1F90', 2), row(local, dialled, 3));
  expect(rowsOfClient(text, client)).toEqual([{ inode: '3', destination: { address: '203.0.113.53', port: 443 } }]);
  expect(inodeOfClient(text, client)).toBe('3');
  expect(originalDestination(client, 15443, procWith({ tcp: text }))).toEqual({ address: '203.0.113.53', port: 443 });
});

it('reads IPv6, and IPv4 over an IPv6 socket', () => {
  const v6 = table(row('B80D0120000000000000000002000000:9C40', 'B80D0120000000000000000053000000:01BB', 4));
  expect(originalDestination({ address: '2001:db8::2', port: 40_000 }, 15443, procWith({ tcp6: v6 }))).toEqual({ address: '2001:db8::53', port: 443 });
  const mapped = table(row('0000000000000000FFFF0000027100CB:9C40', '0000000000000000FFFF0000357100CB:01BB', 5));
  expect(inodeOfClient(mapped, client)).toBe('5');
  expect(inodeOfClient(mapped, { ...client, address: '::ffff:203.0.113.2' })).toBe('5');
  expect(originalDestination(client, 15443, procWith({ tcp: table(), tcp6: mapped }))?.address).toBe('203.0.113.53');
});

// The form that the kernel documents for /proc/net/nf_conntrack.
const tracked = (to: string, ourPort: number): string =>
  `ipv4     2 tcp      6 431999 ESTABLISHED src=203.0.113.2 dst=${to} sport=40000 dport=443 src=127.0.0.1 dst=203.0.113.2 sport=${ourPort} dport=40000 [ASSURED] mark=0 zone=0 use=2`;

it('asks the connection tracker where one port is used towards two hosts', () => {
  const twice = table(row(local, dialled, 3), row(local, '367100CB:01BB', 6));
  expect(inodeOfClient(twice, client)).toBeUndefined();
  expect(originalDestination(client, 15443, procWith({ tcp: twice }))).toBeUndefined();
  const text = `${tracked('203.0.113.99', 8443)}\nudp noise\n${tracked('203.0.113.54', 15443)}\n`;
  expect(originalDestination(client, 15443, procWith({ tcp: twice, nf_conntrack: text }))).toEqual({ address: '203.0.113.54', port: 443 });
});

it('reads the long form of IPv6 in the tracker', () => {
  const long = (last: string): string => `2001:0db8:0000:0000:0000:0000:0000:00${last}`;
  const text = `ipv6 10 tcp 6 9 ESTABLISHED src=${long('02')} dst=${long('53')} sport=40000 dport=443 src=${long('00').replace('2001:0db8', '0000:0000').replace(/00$/, '01')} dst=${long('02')} sport=15443 dport=40000 use=1`;
  expect(destinationFromConntrack(text, { address: '2001:db8::2', port: 40_000 }, 15443)).toEqual({ address: '2001:db8::53', port: 443 });
});

it('knows nothing of what came straight to this machine, or is not there', () => {
  const straight = table(row('0100007F:9C40', '0100007F:01BB', 3));
  expect(originalDestination({ address: '127.0.0.1', port: 40_000 }, 443, procWith({ tcp: straight }))).toBeUndefined();
  expect(originalDestination(client, 15443, procWith({}))).toBeUndefined();
});

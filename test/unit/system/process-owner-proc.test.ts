import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inodesByPorts, ProcReader } from '../../../src/system/process-owner-proc.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'heimdall-proc-'));
  mkdirSync(join(dir, 'net'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Ports 53211 → 7465, as the kernel writes the row of the client's end. */
const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, remote: string, inode: number): string =>
  `   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 20 4 30 10 -1`;
const client = '0100007F:CFDB';
const server = '0100007F:1D29';
const connection = { localPort: 7465, remotePort: 53211, family: 4 } as const;

function table(name: string, ...rows: string[]): void {
  writeFileSync(join(dir, 'net', name), `${[head, ...rows].join('\n')}\n`);
}

function addProcess(pid: number, executable: string | undefined, inode: number, commandLine = ''): void {
  mkdirSync(join(dir, String(pid), 'fd'), { recursive: true });
  symlinkSync('/dev/null', join(dir, String(pid), 'fd', '0'));
  symlinkSync(`socket:[${inode}]`, join(dir, String(pid), 'fd', '7'));
  if (executable !== undefined) symlinkSync(executable, join(dir, String(pid), 'exe'));
  writeFileSync(join(dir, String(pid), 'comm'), 'bare-name\n');
  writeFileSync(join(dir, String(pid), 'cmdline'), commandLine);
}

it('goes from ports to inode to process, by the client’s end and not by ours', () => {
  table('tcp', row(client, server, 111), row(server, client, 222));
  addProcess(10, '/usr/bin/node', 111, 'node\0app.js\0');
  addProcess(20, '/usr/bin/heimdall', 222);
  expect(new ProcReader(dir).find([connection])).toEqual([{ pid: 10, executable: '/usr/bin/node', commandLine: ['node', 'app.js'] }]);
});

it('does not take a connection to another machine with the same ports for ours', () => {
  table('tcp', row(client, server, 111), row('0501A8C0:CFDB', '097100CB:1D29', 333));
  addProcess(10, '/usr/bin/node', 111);
  addProcess(30, '/usr/bin/other', 333);
  expect(new ProcReader(dir).find([connection])[0]?.pid).toBe(10);
});

it('falls back on the bare name where the executable may not be read', () => {
  table('tcp', row(client, server, 111));
  addProcess(10, undefined, 111);
  expect(new ProcReader(dir).find([connection])).toEqual([{ pid: 10, executable: 'bare-name', commandLine: [] }]);
});

it('answers unknown for a socket that no process holds, and for one that is closing', () => {
  table('tcp', row(client, server, 0));
  addProcess(10, '/usr/bin/node', 0);
  expect(new ProcReader(dir).find([connection])).toEqual([undefined]);
  table('tcp', row(client, server, 999));
  expect(new ProcReader(dir).find([connection])).toEqual([undefined]);
});

it('does not name yesterday’s process when its number belongs to another today', () => {
  const reader = new ProcReader(dir);
  table('tcp', row(client, server, 111));
  addProcess(10, '/usr/bin/first', 111);
  expect(reader.find([connection])[0]?.executable).toBe('/usr/bin/first');
  rmSync(join(dir, '10'), { recursive: true });
  addProcess(10, '/usr/bin/stranger', 555);
  addProcess(11, '/usr/bin/second', 111);
  expect(reader.find([connection])[0]?.executable).toBe('/usr/bin/second');
});

it('finds a process that is not among the recent ones', () => {
  const reader = new ProcReader(dir);
  table('tcp', row(client, server, 111), row('0100007F:0001', server, 112));
  addProcess(10, '/usr/bin/one', 111);
  addProcess(11, '/usr/bin/two', 112);
  expect(reader.find([connection])[0]?.pid).toBe(10);
  expect(reader.find([{ ...connection, remotePort: 1 }, connection]).map((facts) => facts?.pid)).toEqual([11, 10]);
});

it('looks into the other table for a mapped address', () => {
  table('tcp6', row('0000000000000000FFFF00000100007F:CFDB', '0000000000000000FFFF00000100007F:1D29', 111));
  addProcess(10, '/usr/bin/node', 111);
  expect(new ProcReader(dir).find([connection])[0]?.pid).toBe(10);
});

it('reads any text as a table without throwing', () => {
  fc.assert(fc.property(fc.string(), (text) => inodesByPorts(text) instanceof Map));
});

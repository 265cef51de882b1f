// A name server for tests: answers A and AAAA from a table, everything else with "no such name".
import { createSocket } from 'node:dgram';

const types = { 1: 'v4', 28: 'v6' } as const;

/** By name: the addresses it has. */
export type Names = Readonly<Record<string, { readonly v4?: string; readonly v6?: string }>>;

export function serveNames(names: Names, address: string, port = 53): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => socket.send(answerTo(query, names), from.port, from.address));
  return new Promise((resolve) => socket.bind(port, address, resolve));
}

function answerTo(query: Buffer, names: Names): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const question = query.subarray(12, at + 5);
  const known = new Map(Object.entries(names)).get(labels.join('.').toLowerCase());
  const family = types[query.readUInt16BE(at + 1) as keyof typeof types] as 'v4' | 'v6' | undefined;
  const address = family && known?.[family];
  const data = address === undefined ? undefined : family === 'v4' ? Buffer.from(address.split('.').map(Number)) : bytesOf(address);
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  // An answer, authoritative, recursion available; 3: no such name.
  head.writeUInt16BE(0x8580 | (known === undefined ? 3 : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data === undefined ? 0 : 1, 6);
  if (data === undefined) return Buffer.concat([head, question]);
  const record = Buffer.alloc(12);
  // The name of the question, its type, class IN, 60 seconds.
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(query.readUInt16BE(at + 1), 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(60, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, question, record, data]);
}

function bytesOf(address: string): Buffer {
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(left), groups(right)];
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

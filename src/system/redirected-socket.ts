// A connection that the firewall led to us: the socket of its client still names where it was going.
import { readFileSync } from 'node:fs';

/** The client's end as our accepted socket sees it. */
export interface RedirectedClient {
  readonly address: string;
  readonly port: number;
}

export interface Place {
  readonly address: string;
  readonly port: number;
}

interface ClientRow {
  readonly inode: string;
  readonly destination: Place;
}

/** The port that programs dial and the firewall redirects. */
const dialledPort = 443;

/** Rows of the client's own socket, from the text of /proc/net/tcp or tcp6. */
export function rowsOfClient(table: string, { address, port }: RedirectedClient): readonly ClientRow[] {
  const wanted = { address: plain(address), local: `:${hex(port)}`, remote: `:${hex(dialledPort)}` };
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
      if (local === undefined || remote === undefined || inode === undefined) return [];
      if (!local.endsWith(wanted.local) || !remote.endsWith(wanted.remote) || addressOf(local) !== wanted.address) return [];
      return [{ inode, destination: { address: addressOf(remote), port: dialledPort } }];
    });
}

/** The client's socket; undefined where there is none, or more than one that it could be. */
export function inodeOfClient(table: string, client: RedirectedClient): string | undefined {
  const [only, ...others] = rowsOfClient(table, client).filter(({ inode }) => inode !== '0');
  return others.length === 0 ? only?.inode : undefined;
}

/** From the text of /proc/net/nf_conntrack: what was dialled by the connection that now ends at our port. */
export function destinationFromConntrack(text: string, client: RedirectedClient, ourPort: number): Place | undefined {
  for (const line of text.split('\n')) {
    if (!line.includes('tcp')) continue;
    const [dialled, answering] = [...line.matchAll(/src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/g)];
    if (answering?.[3] !== String(ourPort) || answering[4] !== String(client.port) || addressText(answering[2] ?? '') !== plain(client.address)) continue;
    if (dialled?.[2] !== undefined) return { address: addressText(dialled[2]), port: Number(dialled[4]) };
  }
  return undefined;
}

/** Where the client was going; undefined when it cannot be told, or was here. */
export function originalDestination(client: RedirectedClient, ourPort: number, procDir = '/proc'): Place | undefined {
  const rows = ['tcp', 'tcp6'].flatMap((name) => rowsOfClient(textOf(`${procDir}/net/${name}`), client));
  const places = new Map(rows.map(({ destination }) => [destination.address, destination]));
  const [only, ...others] = places.values();
  // One port may be used towards two hosts at once; only the tracker tells which of the two this is. Not every kernel shows it.
  const found = others.length === 0 ? only : undefined;
  const place = found ?? destinationFromConntrack(textOf(`${procDir}/net/nf_conntrack`), client, ourPort);
  return place === undefined || /^(127\.|::1$)/.test(place.address) ? undefined : place;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** IPv4 over an IPv6 socket is IPv4 on the wire. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** The address of `AAAAAAAA:PPPP`: the kernel writes each word of four bytes in the byte order of the machine. */
function addressOf(end: string): string {
  const bytes = Buffer.from(end.slice(0, end.indexOf(':')), 'hex');
  if (littleEndian) bytes.swap32();
  if (bytes.length === 4) return [...bytes].join('.');
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (isMapped) return [...bytes.subarray(12)].join('.');
  return addressText(Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':'));
}

/** IPv6 in its short form, as Node writes it. */
const addressText = (address: string): string => (address.includes(':') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address);

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

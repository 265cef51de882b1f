// Reads /proc: from the ports of a connection to the inode of the client's socket, from the inode to the process that holds it.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { PeerConnection, ProgramFacts } from './owner-scanner.ts';
import { inodeOfClient } from './redirected-socket.ts';

/** Processes that talked to us lately are likely to talk again; trying them first saves the walk over all of /proc. */
const recentKept = 64;

/** Files in /proc vanish while they are read; whatever cannot be read is not there. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** The part of a table row that names both ports as the client sees them: `AAAAAAAA:PPPP BBBBBBBB:QQQQ`. */
const portsKey = (connection: PeerConnection): string => `${hexPort(connection.remotePort)} ${hexPort(connection.localPort)}`;

/** 127.0.0.0/8 plain or mapped, or ::1, as the kernel writes them: hexadecimal, each word in the byte order of the machine. */
const isLoopback = (end: string): boolean => /^(?:(?:0{16}FFFF0000)?[0-9A-F]{6}7F|0{24}01000000):/.test(end);

/** Socket inodes by both ports, from the text of /proc/net/tcp or tcp6. */
export function inodesByPorts(table: string): Map<string, string> {
  const inodes = new Map<string, string>();
  for (const line of table.split('\n').slice(1)) {
    const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
    // Inode 0: the socket is closing and no process holds it any more.
    if (local === undefined || remote === undefined || inode === undefined || inode === '0') continue;
    // The same two ports may also stand in a row of a connection to another machine.
    if (isLoopback(local) && isLoopback(remote)) inodes.set(`${local.slice(-4)} ${remote.slice(-4)}`, inode);
  }
  return inodes;
}

export class ProcReader {
  readonly #dir: string;
  /** Most recent last. */
  #recent: number[] = [];

  constructor(dir: string) {
    this.#dir = dir;
  }

  find(connections: readonly PeerConnection[]): (ProgramFacts | undefined)[] {
    const inodes = this.#inodesOf(connections);
    const holders = this.#holdersOf(new Set(inodes.filter((inode) => inode !== undefined)));
    return inodes.map((inode) => (inode === undefined ? undefined : holders.get(inode)));
  }

  #inodesOf(connections: readonly PeerConnection[]): (string | undefined)[] {
    const texts = new Map<string, string>();
    const text = (name: string): string => {
      const known = texts.get(name) ?? attempt(() => readFileSync(`${this.#dir}/net/${name}`, 'latin1')) ?? '';
      texts.set(name, known);
      return known;
    };
    const tables = new Map<string, Map<string, string>>();
    const table = (name: string): Map<string, string> => {
      const known = tables.get(name) ?? inodesByPorts(text(name));
      tables.set(name, known);
      return known;
    };
    return connections.map((connection) => {
      if (connection.redirectedFrom !== undefined) {
        const client = { address: connection.redirectedFrom, port: connection.remotePort };
        const inode = inodeOfClient(text('tcp'), client) ?? inodeOfClient(text('tcp6'), client);
        // It may also have come straight to the port.
        if (inode !== undefined) return inode;
      }
      const key = portsKey(connection);
      // A client may reach our IPv4 port by an IPv6 socket (mapped address): its row is in the other table, read only if need be.
      return connection.family === 4 ? (table('tcp').get(key) ?? table('tcp6').get(key)) : (table('tcp6').get(key) ?? table('tcp').get(key));
    });
  }

  #holdersOf(wanted: Set<string>): Map<string, ProgramFacts> {
    const found = new Map<string, ProgramFacts>();
    const tried = new Set<number>();
    const tryAll = (pids: Iterable<number>): void => {
      for (const pid of pids) {
        if (wanted.size === found.size) return;
        if (tried.has(pid)) continue;
        tried.add(pid);
        this.#collect(pid, wanted, found);
      }
    };
    tryAll(this.#recent.toReversed());
    if (wanted.size > found.size) tryAll(this.#allPids());
    return found;
  }

  /** Newest first: who opens a connection has often just been started. */
  #allPids(): number[] {
    const names = attempt(() => readdirSync(this.#dir)) ?? [];
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => b - a);
  }

  #collect(pid: number, wanted: ReadonlySet<string>, found: Map<string, ProgramFacts>): void {
    const inodes = this.#socketsOf(pid).filter((inode) => wanted.has(inode) && !found.has(inode));
    if (inodes.length === 0) return;
    const facts = this.#factsOf(pid);
    // Whoever still holds the socket now is whom the facts are about: the number cannot have passed to another process between.
    const held = this.#socketsOf(pid);
    if (facts === undefined || !inodes.some((inode) => held.includes(inode))) return;
    for (const inode of inodes) found.set(inode, facts);
    this.#recent = [...this.#recent.filter((other) => other !== pid), pid].slice(-recentKept);
  }

  #socketsOf(pid: number): string[] {
    const folder = `${this.#dir}/${pid}/fd`;
    const descriptors = attempt(() => readdirSync(folder)) ?? [];
    return descriptors.flatMap((descriptor) => {
      const link = attempt(() => readlinkSync(`${folder}/${descriptor}`));
      return link?.startsWith('socket:[') === true ? [link.slice(8, -1)] : [];
    });
  }

  #factsOf(pid: number): ProgramFacts | undefined {
    const commandLine = (attempt(() => readFileSync(`${this.#dir}/${pid}/cmdline`, 'utf8')) ?? '').replace(/\0$/, '').split('\0');
    // The link of another user's process is not readable; its bare name is.
    const executable = attempt(() => readlinkSync(`${this.#dir}/${pid}/exe`)) ?? attempt(() => readFileSync(`${this.#dir}/${pid}/comm`, 'utf8').trim());
    return executable === undefined ? undefined : { pid, executable, commandLine: commandLine.filter((argument, index) => index > 0 || argument !== '') };
  }
}

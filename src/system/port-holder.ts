// Says which program listens on a port, for the message that the port is busy. Slow; asked once.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { Exec } from './owner-scanner.ts';

export interface PortHolder {
  readonly pid: number;
  /** Name of the program; empty where the system tells only the number. */
  readonly name: string;
}

export interface PortHolderOptions {
  readonly platform: NodeJS.Platform;
  readonly exec: Exec;
  /** Normally `/proc`. */
  readonly procDir?: string;
}

/** Undefined where no program listens, or where the system does not tell (another user's process). */
export async function findPortHolder(port: number, { platform, exec, procDir = '/proc' }: PortHolderOptions): Promise<PortHolder | undefined> {
  if (platform === 'linux') return holderInProc(port, procDir);
  if (platform === 'win32') return holderOnWindows(port, exec);
  return holderFromLsof(await exec('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']));
}

/** From lines `p123`, `cnode`. */
export function holderFromLsof(output: string): PortHolder | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), name: /^c(.+)$/m.exec(output)?.[1] ?? '' };
}

async function holderOnWindows(port: number, exec: Exec): Promise<PortHolder | undefined> {
  const pid = listenerFromNetstat(await exec('netstat', ['-ano', '-p', 'TCP']), port);
  if (pid === undefined) return undefined;
  const [, name] = /^"([^"]+)"/m.exec(await exec('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'])) ?? [];
  return { pid, name: name ?? '' };
}

/** A listener's row has no peer; the word for its state is in the language of the system. */
export function listenerFromNetstat(output: string, port: number): number | undefined {
  for (const line of output.split(/\r?\n/)) {
    const [protocol, local, remote, , pid] = line.trim().split(/\s+/);
    if (protocol === 'TCP' && local?.endsWith(`:${port}`) === true && remote?.endsWith(':0') === true && pid !== undefined) return Number(pid);
  }
  return undefined;
}

function holderInProc(port: number, procDir: string): PortHolder | undefined {
  const inodes = ['tcp', 'tcp6'].flatMap((name) => listeningInodes(attempt(() => readFileSync(`${procDir}/net/${name}`, 'latin1')) ?? '', port));
  if (inodes.length === 0) return undefined;
  const wanted = new Set(inodes.map((inode) => `socket:[${inode}]`));
  for (const pid of attempt(() => readdirSync(procDir)) ?? []) {
    if (!/^\d+$/.test(pid)) continue;
    const descriptors = attempt(() => readdirSync(`${procDir}/${pid}/fd`)) ?? [];
    if (descriptors.some((descriptor) => wanted.has(attempt(() => readlinkSync(`${procDir}/${pid}/fd/${descriptor}`)) ?? ''))) {
      return { pid: Number(pid), name: (attempt(() => readFileSync(`${procDir}/${pid}/comm`, 'utf8')) ?? '').trim() };
    }
  }
  return undefined;
}

/** Inodes of sockets in state 0A (listening) on this port, from the text of /proc/net/tcp. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return local?.endsWith(suffix) === true && state === '0A' && inode !== undefined ? [inode] : [];
  });
}

/** Files in /proc vanish while they are read, and those of other users cannot be read; then there is nothing to say. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

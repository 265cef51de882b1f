// Which programs run now, and on Linux what environment they were started with; nothing is started but the listing tools of the system.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { columnFromPs } from '../process-owner-macos.ts';
import { programsFromJson } from '../process-owner-windows.ts';
import type { RunProgram } from '../run-program.ts';
import type { SetupMachine } from '../surface.ts';

export interface RunningApp {
  readonly pid: number;
  readonly app: string;
  readonly executable: string;
  /** What it was started with; undefined where the system does not tell. */
  readonly env?: ReadonlyMap<string, string> | undefined;
  /** Its files are not those of this machine: it runs in a container. */
  readonly isContained?: boolean;
}

export interface RunningAppsOptions extends Pick<SetupMachine, 'platform' | 'run'> {
  /** Replaces `/proc`. */
  readonly procDir?: string;
  readonly appOf: (executable: string, commandLine: readonly string[]) => string;
  readonly isWanted: (app: string) => boolean;
}

export async function findRunningApps(options: RunningAppsOptions): Promise<readonly RunningApp[]> {
  const found = await programs(options);
  return found.flatMap(({ pid, executable, commandLine, ...rest }) => {
    const app = options.appOf(executable, commandLine);
    return options.isWanted(app) ? [{ pid, app, executable, ...rest }] : [];
  });
}

interface Program {
  readonly pid: number;
  readonly executable: string;
  readonly commandLine: readonly string[];
  readonly env?: ReadonlyMap<string, string> | undefined;
  readonly isContained?: boolean;
}

async function programs({ platform, run, procDir = '/proc' }: RunningAppsOptions): Promise<readonly Program[]> {
  if (platform === 'linux') return await linuxPrograms(procDir);
  if (platform === 'darwin') return await macPrograms(run);
  return platform === 'win32' ? await windowsPrograms(run) : [];
}

async function linuxPrograms(proc: string): Promise<readonly Program[]> {
  const names = await readdir(proc).catch(() => []);
  const own = await readlink(join(proc, 'self/ns/mnt')).catch(() => undefined);
  const all = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => linuxProgram(join(proc, name), Number(name), own)));
  return all.filter((program) => program !== undefined);
}

/** Undefined for threads of the kernel, for what has just ended, and for the processes of others. */
async function linuxProgram(folder: string, pid: number, ownFiles: string | undefined): Promise<Program | undefined> {
  try {
    const executable = (await readlink(join(folder, 'exe'))).replace(/ \(deleted\)$/, '');
    const commandLine = nullSeparated(await readFile(join(folder, 'cmdline'), 'utf8'));
    const env = environmentOf(await readFile(join(folder, 'environ'), 'utf8'));
    const files = await readlink(join(folder, 'ns/mnt')).catch(() => ownFiles);
    return { pid, executable, commandLine, env, ...(files !== ownFiles && isContainer(await cgroupOf(folder)) ? { isContained: true } : {}) };
  } catch {
    return undefined;
  }
}

const cgroupOf = async (folder: string): Promise<string> => await readFile(join(folder, 'cgroup'), 'utf8').catch(() => '');

/** Other mounts alone are no container: Snap, Flatpak and Chromium's sandbox have them as well. */
const isContainer = (cgroup: string): boolean => /docker|containerd|libpod|kubepods|lxc/.test(cgroup);

const nullSeparated = (content: string): readonly string[] => content.replace(/\0$/, '').split('\0');

export function environmentOf(content: string): ReadonlyMap<string, string> {
  return new Map(
    nullSeparated(content).flatMap((entry) => {
      const at = entry.indexOf('=');
      return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
    }),
  );
}

async function macPrograms(run: RunProgram): Promise<readonly Program[]> {
  const columns = await Promise.all(['comm', 'args'].map(async (column) => columnFromPs((await run('/bin/ps', ['-axww', '-o', `pid=,${column}=`])).stdout)));
  const [executables, lines] = columns;
  return [...(executables ?? [])].map(([pid, executable]) => {
    const line = lines?.get(pid) ?? '';
    const rest = line.startsWith(executable) ? line.slice(executable.length) : line.replace(/^\S+/, '');
    return { pid, executable, commandLine: [executable, ...rest.split(/\s+/).filter((argument) => argument !== '')] };
  });
}

const listPrograms =
  '[Console]::OutputEncoding=[Text.Encoding]::UTF8;Get-CimInstance Win32_Process | Select-Object ProcessId,Name,ExecutablePath,CommandLine | ConvertTo-Json -Compress';

async function windowsPrograms(run: RunProgram): Promise<readonly Program[]> {
  const { stdout } = await run('powershell', ['-NoProfile', '-NonInteractive', '-Command', listPrograms]);
  // Process 0 is no program, and the reader takes none of a list with such an entry.
  const listed = [...programsFromJson(stdout.replace(/\{"ProcessId":0,[^}]*\},?/, '')).values()];
  if (listed.length > 0) return listed;
  // Where PowerShell is locked down: names alone.
  return programsFromTasklist((await run('tasklist', ['/fo', 'csv', '/nh'])).stdout);
}

/** From what `tasklist /fo csv /nh` prints. */
export function programsFromTasklist(output: string): readonly Program[] {
  return [...output.matchAll(/^"([^"]+)","(\d+)",/gm)].flatMap(([, name, pid]) =>
    name === undefined || Number(pid) === 0 ? [] : [{ pid: Number(pid), executable: name, commandLine: [] }],
  );
}

// Windows: `netstat` tells the process of a socket, PowerShell its program.
import { z } from '../contract/schema.ts';
import type { Exec, OwnerScanner, PeerConnection, ProgramFacts } from './owner-scanner.ts';

/** PowerShell takes half a second to start: a program looked up is believed for this long, too short for its number to be reused. */
const believedMs = 10_000;

const system32 = `${process.env.SystemRoot ?? 'C:\\Windows'}\\System32`;

/** Client end, our end, process; the state before it is in the language of the system. Only loopback: the ports may also stand in a connection elsewhere. */
const loopbackRow = /^\s*TCP\s+(?:127[\d.]+|\[::1\]):(\d+)\s+(?:127[\d.]+|\[::1\]):(\d+)\s.*?(\d+)\s*$/;

/** Process ids by `clientPort ourPort`, from the output of `netstat -ano`. */
export function pidsFromNetstat(output: string): Map<string, number> {
  const pids = new Map<string, number>();
  for (const line of output.split('\n')) {
    const [, local, remote, pid] = loopbackRow.exec(line) ?? [];
    // Process 0 stands for a socket whose process is gone.
    if (local !== undefined && remote !== undefined && Number(pid) > 0) pids.set(`${local} ${remote}`, Number(pid));
  }
  return pids;
}

const Program = z.object({
  ProcessId: z.number().int().positive(),
  Name: z.string().nullish(),
  ExecutablePath: z.string().nullish(),
  CommandLine: z.string().nullish(),
});
/** `ConvertTo-Json` writes one object where there is one. */
const Programs = z.union([z.array(Program), Program.transform((program) => [program])]);

/** Splits a Windows command line at blanks outside quotes. */
function split(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

/** Programs by process id, from the JSON that PowerShell prints; empty for anything else. */
export function programsFromJson(output: string): Map<number, ProgramFacts> {
  const programs = new Map<number, ProgramFacts>();
  let document: unknown;
  try {
    document = JSON.parse(output.replace(/^\uFEFF/, ''));
  } catch {
    return programs;
  }
  const parsed = Programs.safeParse(document);
  for (const program of parsed.success ? parsed.data : []) {
    const executable = program.ExecutablePath ?? program.Name;
    if (typeof executable !== 'string') continue;
    programs.set(program.ProcessId, { pid: program.ProcessId, executable, commandLine: split(program.CommandLine ?? '') });
  }
  return programs;
}

function askForPrograms(pids: readonly number[]): string {
  const filter = pids.map((pid) => `ProcessId=${pid}`).join(' OR ');
  return (
    '[Console]::OutputEncoding=[Text.Encoding]::UTF8;' +
    `Get-CimInstance Win32_Process -Filter '${filter}' | Select-Object ProcessId,Name,ExecutablePath,CommandLine | ConvertTo-Json -Compress`
  );
}

export function createWindowsScanner(exec: Exec): OwnerScanner {
  const known = new Map<number, { readonly facts: ProgramFacts; readonly until: number }>();

  async function programsOf(pids: readonly number[]): Promise<void> {
    const now = performance.now();
    for (const [pid, { until }] of known) if (until < now) known.delete(pid);
    const unknown = pids.filter((pid) => !known.has(pid));
    if (unknown.length === 0) return;
    const command = ['-NoProfile', '-NonInteractive', '-Command', askForPrograms(unknown)];
    const programs = programsFromJson(await exec(`${system32}\\WindowsPowerShell\\v1.0\\powershell.exe`, command));
    for (const [pid, facts] of programs) known.set(pid, { facts, until: now + believedMs });
  }

  async function scan(connections: readonly PeerConnection[]): Promise<(ProgramFacts | undefined)[]> {
    const netstat = (protocol: string): Promise<string> => exec(`${system32}\\netstat.exe`, ['-ano', '-p', protocol]);
    const pids = pidsFromNetstat((await Promise.all([netstat('TCP'), netstat('TCPv6')])).join('\n'));
    const owners = connections.map((connection) => pids.get(`${connection.remotePort} ${connection.localPort}`));
    await programsOf([...new Set(owners.filter((pid) => pid !== undefined))]);
    return owners.map((pid) => (pid === undefined ? undefined : known.get(pid)?.facts));
  }
  return { scan, close: () => Promise.resolve() };
}

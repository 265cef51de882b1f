// macOS: `lsof` tells the process of a socket, `ps` its program.
import type { Exec, OwnerScanner, PeerConnection, ProgramFacts } from './owner-scanner.ts';

/** `127.0.0.1:53211->127.0.0.1:7465`; the same ports may also stand in a connection to another machine. */
const loopbackPair = /^n(?:127[\d.]+|\[(?:::1|[^\]]*127[\d.]+)\]):(\d+)->(?:127[\d.]+|\[(?:::1|[^\]]*127[\d.]+)\]):(\d+)$/;

/** Process ids by `clientPort ourPort`, from the output of `lsof -Fpn`. */
export function pidsFromLsof(output: string): Map<string, number> {
  const pids = new Map<string, number>();
  let pid = 0;
  for (const line of output.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    const ports = loopbackPair.exec(line);
    if (ports !== null && pid > 0) pids.set(`${ports[1]} ${ports[2]}`, pid);
  }
  return pids;
}

/** The second column by process id, from the output of `ps -o pid=,comm=` or `-o pid=,args=`. */
export function columnFromPs(output: string): Map<number, string> {
  const column = new Map<number, string>();
  for (const line of output.split('\n')) {
    const [, pid, text] = /^\s*(\d+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (pid !== undefined && text !== undefined) column.set(Number(pid), text);
  }
  return column;
}

function factsOf(pid: number, executable: string | undefined, line: string | undefined): ProgramFacts | undefined {
  if (executable === undefined) return undefined;
  // ps joins the arguments with blanks; only the program, whose path is known, can be told apart for certain.
  const rest = line?.startsWith(executable) === true ? line.slice(executable.length) : (line?.replace(/^\S+/, '') ?? '');
  return { pid, executable, commandLine: [executable, ...rest.split(/\s+/).filter((argument) => argument !== '')] };
}

export function createMacosScanner(exec: Exec): OwnerScanner {
  async function scan(connections: readonly PeerConnection[]): Promise<(ProgramFacts | undefined)[]> {
    const ports = [...new Set(connections.map((connection) => `-iTCP:${connection.remotePort}`))];
    const pids = pidsFromLsof(await exec('/usr/sbin/lsof', ['-nPw', ...ports, '-Fpn']));
    const owners = connections.map((connection) => pids.get(`${connection.remotePort} ${connection.localPort}`));
    const list = [...new Set(owners.filter((pid) => pid !== undefined))].join(',');
    if (list === '') return owners.map(() => undefined);
    const [programs, lines] = await Promise.all(
      ['comm', 'args'].map(async (column) => columnFromPs(await exec('/bin/ps', ['-ww', '-o', `pid=,${column}=`, '-p', list]))),
    );
    return owners.map((pid) => (pid === undefined ? undefined : factsOf(pid, programs?.get(pid), lines?.get(pid))));
  }
  return { scan, close: () => Promise.resolve() };
}

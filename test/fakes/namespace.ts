// Network namespaces for tests: networks of their own on this machine, joined by a cable, gone with the test. Needs root.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

export class NetworkNamespace {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async start(): Promise<NetworkNamespace> {
    const holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo ready && exec sleep infinity'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    holder.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    onTestFinished(() => void holder.kill('SIGKILL'));
    const ready = await Promise.race([once(holder.stdout, 'data').then(() => true), once(holder, 'exit').then(() => false)]);
    if (!ready) throw new Error(`The network namespace did not start: ${said}`);
    return new NetworkNamespace(holder);
  }

  get pid(): number {
    return this.#holder.pid ?? 0;
  }

  /** The command as it is run inside. */
  enter(command: readonly string[]): readonly string[] {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`, '--', ...command];
  }

  /** Runs a command that must succeed; its output. */
  must(...command: readonly string[]): string {
    const [program = '', ...args] = this.enter(command);
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${stderr || stdout}`);
    return stdout;
  }

  /** A cable to another namespace, with an address at each end, each reachable from the other: `203.0.113.2/24`. */
  plug(other: NetworkNamespace, own: readonly string[], theirs: readonly string[]): void {
    this.must('ip', 'link', 'add', 'cable0', 'type', 'veth', 'peer', 'name', 'cable0', 'netns', String(other.pid));
    for (const [side, addresses] of [
      [this, own],
      [other, theirs],
    ] as const) {
      // `nodad`: usable at once.
      for (const address of addresses) side.must('ip', 'addr', 'add', address, 'dev', 'cable0', ...(address.includes(':') ? ['nodad'] : []));
      side.must('ip', 'link', 'set', 'cable0', 'up');
    }
  }
}

// A machine of its own for one test: /etc, /usr, /var and a home that can be changed at will and compared with what they were, in a mount namespace.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Grounds, Layer, Snapshot } from './tree.ts';

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

const covered = ['/etc', '/usr', '/var'];

export class ThrowAwayMachine {
  /** Seen from inside alone: it is a file system of the namespace. */
  readonly home: string;
  readonly #folder: string;
  readonly #holder: ChildProcess;

  private constructor(folder: string, holder: ChildProcess) {
    this.#folder = folder;
    this.#holder = holder;
    this.home = join(folder, 'home');
  }

  /** Needs root. The machine is gone with the test, or when `whenDone` says so. */
  static async start(whenDone: (clean: () => void) => void = onTestFinished): Promise<ThrowAwayMachine> {
    const folder = mkdtempSync(join(tmpdir(), 'hm-'));
    const layers = covered.map((path) => layerOf(folder, path));
    const script = [
      'set -e',
      `mount -t tmpfs tmpfs ${folder}`,
      `mkdir -m 700 ${folder}/home`,
      ...layers.flatMap(({ path, lower, upper }) => [
        `mkdir -p ${lower} ${upper} ${upper}.work`,
        // What was there before stays in sight under another name.
        `mount --bind ${path} ${lower}`,
        `mount -t overlay overlay -o lowerdir=${lower},upperdir=${upper},workdir=${upper}.work ${path}`,
      ]),
      'echo ready',
      'exec sleep infinity',
    ].join('\n');
    const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    holder.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('exit', () => reject(new Error(`The throw-away machine did not start: ${said}`)));
    });
    whenDone(() => {
      holder.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });
    return new ThrowAwayMachine(folder, holder);
  }

  /** What is compared before and after. */
  grounds(except: readonly string[]): Grounds {
    return {
      home: this.home,
      layers: covered.map((path) => layerOf(this.#folder, path)),
      // Desktop settings are one file that each change writes anew: what they say is what counts.
      except: [...except, '.config/glib-2.0', '.cache'],
      facts: [['gsettings', 'list-recursively', 'org.gnome.system.proxy']],
    };
  }

  get env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.home,
      LANG: 'C.UTF-8',
      // Settings of the desktop in a file of this home, no session bus needed.
      GSETTINGS_BACKEND: 'keyfile',
    };
  }

  start(command: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const inside = [`--mount=/proc/${this.#holder.pid ?? 0}/ns/mnt`, '--', 'env', '-C', this.home, ...command];
    return spawn('nsenter', inside, { env: { ...this.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  run(command: readonly string[], { env = {}, input = '', timeoutMs = 120_000 }: RunOptions = {}): Promise<ProgramEnd> {
    return new Promise((resolve) => {
      const child = this.start(command, env);
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      let [stdout, stderr] = ['', ''];
      child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
      child.once('close', (code, signal) => {
        clearTimeout(timer);
        resolve({ code, signal, stdout, stderr });
      });
    });
  }

  /** Runs a command that must succeed; its output. */
  async must(command: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, options);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr || stdout}`);
    return stdout;
  }

  /** Relative paths are below the home. */
  async write(path: string, text: string): Promise<void> {
    const file = path.startsWith('/') ? path : join(this.home, path);
    await this.must(['sh', '-c', 'mkdir -p "$(dirname "$1")" && cat > "$1"', 'sh', file], { input: text });
  }

  async snapshot(except: readonly string[]): Promise<Snapshot> {
    const code = `import { snapshotOf } from ${JSON.stringify(join(import.meta.dirname, 'tree.ts'))};
      process.stdout.write(JSON.stringify(snapshotOf(${JSON.stringify(this.grounds(except))})));`;
    return JSON.parse(await this.must([process.execPath, '--input-type=module', '-e', code])) as Snapshot;
  }
}

const layerOf = (folder: string, path: string): Layer => ({ path, lower: `${folder}${path}/lower`, upper: `${folder}${path}/upper` });

// Tells which program opened a connection to us, for every system behind one interface; not knowing is a value, never an error.
import { execFile } from 'node:child_process';
import type { PeerProcess } from '../contract/exchange.ts';
import { createLinuxScanner } from './process-owner-linux.ts';
import { createMacosScanner } from './process-owner-macos.ts';
import { createWindowsScanner } from './process-owner-windows.ts';
import type { Exec, OwnerScanner, PeerConnection, ProgramFacts } from './owner-scanner.ts';

export interface OwnerLookup {
  /**
   * The program at the other end. The answer is kept for the object given: pass the same object for the same connection.
   * Never rejects; `undefined` when nobody could be found within two seconds.
   */
  find(connection: PeerConnection): Promise<PeerProcess | undefined>;
  close(): Promise<void>;
}

export interface OwnerLookupOptions {
  readonly platform: NodeJS.Platform;
  /** Names the app of a program. */
  readonly appOf: (executable: string, commandLine: readonly string[]) => string;
  /** Replaces running `lsof`, `ps`, `netstat` and PowerShell. */
  readonly exec?: Exec;
  /** Replaces `/proc`. */
  readonly procDir?: string;
}

/** A lookup that takes longer answers nothing more that anybody waits for. */
const capMs = 2_000;

const execQuietly: Exec = (file, args) =>
  new Promise((resolve) => {
    execFile(file, args, { timeout: capMs, windowsHide: true, maxBuffer: 16 * 1024 * 1024, encoding: 'utf8' }, (_error, stdout) => resolve(stdout));
  });

const nobody: OwnerScanner = { scan: (connections) => Promise.resolve(connections.map(() => undefined)), close: () => Promise.resolve() };

function scannerFor(options: OwnerLookupOptions): OwnerScanner {
  const exec = options.exec ?? execQuietly;
  if (options.platform === 'linux') return createLinuxScanner(options.procDir ?? '/proc');
  if (options.platform === 'darwin') return createMacosScanner(exec);
  if (options.platform === 'win32') return createWindowsScanner(exec);
  return nobody;
}

type Found = Awaited<ReturnType<OwnerScanner['scan']>>;

/** What the scan finds in time; nothing if it fails or hangs. */
function within(scan: Promise<Found>): Promise<Found> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve([]), capMs);
    timer.unref();
    const settle = (found: Found): void => {
      clearTimeout(timer);
      resolve(found);
    };
    scan.then(settle, () => settle([]));
  });
}

interface Waiting {
  readonly connection: PeerConnection;
  readonly resolve: (facts: ProgramFacts | undefined) => void;
}

/** One scan at a time: whatever is asked meanwhile becomes the next batch. */
class Batches {
  readonly #scanner: OwnerScanner;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(scanner: OwnerScanner) {
    this.#scanner = scanner;
  }

  ask(connection: PeerConnection): Promise<ProgramFacts | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), capMs);
      timer.unref();
      this.#waiting.push({
        connection,
        resolve: (facts) => {
          clearTimeout(timer);
          resolve(facts);
        },
      });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      const found = await within(this.#scanner.scan(batch.map((one) => one.connection)));
      for (const [index, one] of batch.entries()) one.resolve(found[index]);
    }
    this.#running = false;
  }
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;

export function createOwnerLookup(options: OwnerLookupOptions): OwnerLookup {
  const scanner = scannerFor(options);
  const batches = new Batches(scanner);
  const kept = new WeakMap<PeerConnection, Promise<PeerProcess | undefined>>();

  async function look(connection: PeerConnection): Promise<PeerProcess | undefined> {
    const facts = await batches.ask(connection);
    // Not found may be too early: the next request on the connection asks again.
    if (facts === undefined) kept.delete(connection);
    return facts && { pid: facts.pid, executable: facts.executable, app: options.appOf(facts.executable, facts.commandLine) };
  }

  return {
    find(connection) {
      // A socket that is gone already has no ports any more.
      if (!isPort(connection.localPort) || !isPort(connection.remotePort)) return Promise.resolve(undefined);
      const known = kept.get(connection) ?? look(connection);
      kept.set(connection, known);
      return known;
    },
    close: () => scanner.close(),
  };
}

// Runs a real client as a process of its own: only its environment says that there is a proxy and a further CA.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { AgentUnderTest } from './agent-under-test.ts';

export interface ClientResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ClientOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the process after that long; default 60 s. */
  readonly timeoutMs?: number;
}

/** The environment a user sets to send a Node client through the agent, and nothing else of this process's own but the PATH. */
function clientEnvironment(agent: AgentUnderTest, home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    HTTPS_PROXY: agent.proxyUrl,
    https_proxy: agent.proxyUrl,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: agent.caFile,
  };
}

/** Runs `command` with a home folder of its own and waits for its end. */
export async function runClient(agent: AgentUnderTest, command: string, args: readonly string[], options: ClientOptions = {}): Promise<ClientResult> {
  const home = mkdtempSync(join(tmpdir(), 'heimdall-client-'));
  try {
    const env = { ...clientEnvironment(agent, home), ...options.env };
    const child = spawn(command, args, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: options.timeoutMs ?? 60_000 });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
    return { code, stdout, stderr };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Runs one of `test/interop/clients` and returns the JSON document it printed. Throws with its error output when it failed. */
export async function runScript<T>(agent: AgentUnderTest, name: string, task: string, options: ClientOptions = {}): Promise<T> {
  const script = join(import.meta.dirname, 'clients', name);
  const { code, stdout, stderr } = await runClient(agent, process.execPath, [script, task], options);
  if (code !== 0) throw new Error(`${name} ${task} ended with ${String(code)}: ${stderr}\n${stdout}`);
  return JSON.parse(stdout) as T;
}

// Starts the agent's program as a child of the shell: its output goes to a capped log, its last words are kept for the reason of a failure.
import { execFile, spawn } from 'node:child_process';
import type { AgentProgram } from './agent-program.ts';
import type { CappedLog } from './capped-log.ts';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last line on its error output; empty where it said nothing. */
  readonly lastWords: string;
}

export interface AgentChild {
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly ended: Promise<ChildEnd>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface ChildOptions {
  readonly program: AgentProgram;
  /** Absolute. */
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: CappedLog;
}

const longestLastWords = 600;

export function startAgentChild({ program, dataDir, env, log }: ChildOptions): AgentChild {
  const child = spawn(program.node, [program.entry, 'run', '--json', '--data-dir', dataDir], {
    cwd: dataDir,
    env: childEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let said = '';
  // Its rows are in the audit log already; only what it prints as a person would read it is kept.
  child.stdout.on('data', (chunk: Buffer) => {
    if (!chunk.includes('"event":"row"')) log.write(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    log.write(chunk);
    said = (said + chunk.toString('utf8')).slice(-8192);
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, lastWords: `${program.node} could not be started: ${error.message}.` }));
    child.once('close', (code, signal) => resolve({ code, signal, lastWords: lastLine(said) }));
  });
  return { pid: child.pid, ended, kill: (signal) => void child.kill(signal) };
}

/** Runs `restore`; what it did, in words, or undefined where it could not. */
export function runRestore({ program, dataDir, env }: Omit<ChildOptions, 'log'>): Promise<string | undefined> {
  const args = [program.entry, 'restore', '--json', '--data-dir', dataDir];
  return new Promise((resolve) => {
    execFile(program.node, args, { env: childEnvironment(env), timeout: 60_000, windowsHide: true }, (error, stdout) => {
      resolve(error === null ? restoredText(stdout) : undefined);
    });
  });
}

function restoredText(stdout: string): string | undefined {
  try {
    const { text } = JSON.parse(stdout) as { readonly text?: unknown };
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Without what is meant for Electron or for a Node of the shell's. */
function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'NODE_CHANNEL_FD'].includes(name)));
}

function lastLine(text: string): string {
  // A crash of Node ends with Node's own version, which is no reason.
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^Node\.js v\d/.test(line));
  return (lines.at(-1) ?? '').trim().slice(0, longestLastWords);
}

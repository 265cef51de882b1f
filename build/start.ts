// `npm start`: the tray app where there is a display, else the headless agent; says in one line which and why.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBundle } from './bundle.ts';
import { findElectron } from './electron-runtime.ts';
import { decideStart, explainExit } from './start-decision.ts';

const root = join(import.meta.dirname, '..');
const agentMain = join(root, 'src/main.ts');

/** An app that ends sooner than this with a failure never came up. */
const startLimitMs = 10_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs the tray app; gives its exit code, or a sentence on why it could not start. */
async function runTrayApp(args: readonly string[]): Promise<number | string> {
  const app = await ensureBundle({ progress: say });
  const electron = await findElectron({ progress: say });
  if (electron.isStandIn) say(`Electron's own download is out of reach: using the stand-in ${electron.version}, good for trying Heimdall out.`);
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  if (isRoot) say('Running as root: the window runs without its sandbox. Start Heimdall as an ordinary user to have it.');
  say('Starting the tray app. Ctrl-C stops it.');
  // Chromium's own log is not for users; what the app says still comes through.
  const switches = ['--log-level=3', ...(isRoot ? ['--no-sandbox'] : [])];
  const started = Date.now();
  const { code, signal, complaint } = await run(electron.executable, [...switches, app, ...args], {
    ...process.env,
    HEIMDALL_NODE: process.execPath,
    HEIMDALL_AGENT: agentMain,
  });
  const failed = code !== 0 && signal !== 'SIGINT' && signal !== 'SIGTERM';
  return failed && Date.now() - started < startLimitMs ? explainExit(code, signal, complaint) : (code ?? 1);
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to standard error. */
  readonly complaint: string;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(command, args, { stdio: ['inherit', 'inherit', 'pipe'], env });
  const stop = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text);
    complaint = (complaint + text).slice(-4_000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, stop);
      resolve({ code, signal, complaint });
    });
  });
}

/** The agent in this terminal, in this process's place. */
async function runHeadless(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [agentMain, 'run', ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

const { mode, reason, args } = decideStart(process.argv.slice(2), process.platform, process.env);
if (mode === 'headless') {
  say(reason);
  process.exitCode = await runHeadless(args);
} else {
  const outcome = await runTrayApp(args).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  if (typeof outcome === 'string') {
    say(`The tray app could not start: ${outcome}\nRunning the agent in this terminal instead.`);
    process.exitCode = await runHeadless(args);
  } else process.exitCode = outcome;
}

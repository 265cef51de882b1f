// Preloaded into a process: counts its steps that change the machine, and ends it with SIGKILL just before or just after the one that is named.
import child_process from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [stepText, when] = (process.env['KILL_AT'] ?? '').split(':');
const step = Number(stepText);
/** One letter per step: f for a file, p for a program. */
let steps = '';

const changing = ['openSync', 'writeSync', 'writeFileSync', 'appendFileSync', 'fsyncSync', 'ftruncateSync', 'renameSync', 'mkdirSync', 'rmSync'];
const more = ['rmdirSync', 'unlinkSync', 'chmodSync', 'chownSync', 'copyFileSync', 'cpSync', 'symlinkSync', 'linkSync', 'utimesSync', 'mkdtempSync'];

const die = (): boolean => process.kill(process.pid, 'SIGKILL');
type Call = (...args: unknown[]) => unknown;

/** The step's number, and the end if it is the one. */
function begin(kind: 'f' | 'p'): number {
  steps += kind;
  if (steps.length === step && when === 'before') die();
  return steps.length;
}

/** The ledger's own files and its lock are the same for every surface: they are asked once, with KILL_LEDGER=1. */
const isCounted = ([first]: unknown[]): boolean => process.env['KILL_LEDGER'] === '1' || (typeof first === 'string' && !/\/(ledger\.|setup\.json)/.test(first));

const calls = fs as unknown as Record<string, Call>;
for (const name of [...changing, ...more]) {
  const original = calls[name];
  if (original === undefined) continue;
  calls[name] = (...args) => {
    if (!isCounted(args)) return original(...args);
    const own = begin('f');
    const result = original(...args);
    if (own === step && when === 'after') die();
    return result;
  };
}

const programs = child_process as unknown as Record<string, Call>;
const execFile = programs['execFile'] as Call;
programs['execFile'] = (...args) => {
  const own = begin('p');
  const callback = args.at(-1);
  const child = execFile(...args.slice(0, -1), (...ends: unknown[]) => {
    if (own === step && when === 'after') die();
    (callback as Call)(...ends);
  });
  // The program was started and goes on alone.
  if (own === step && when === 'within') die();
  return child;
};

syncBuiltinESMExports();
const report = fs.writeFileSync;
process.once('exit', () => report(3, `.${steps}`));

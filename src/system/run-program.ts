// Runs a program of the operating system and hands back what it said; injected, so that each system's code is tested everywhere.
import { execFile } from 'node:child_process';

export interface ProgramResult {
  /** Exit code; -1 when it could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunProgram = (file: string, args: readonly string[]) => Promise<ProgramResult>;

/** Longest time a tool gets, milliseconds: some wait for a person who confirms. */
const patience = 60_000;

export const programRunner =
  (env: Readonly<Record<string, string | undefined>>): RunProgram =>
  (file, args) =>
    new Promise((resolve) => {
      execFile(file, args, { timeout: patience, windowsHide: true, env, maxBuffer: 8_388_608 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr: stderr === '' && error !== null ? error.message : stderr });
      });
    });

/** Throws with what the program said. */
export function mustSucceed(what: string, { code, stdout, stderr }: ProgramResult): string {
  if (code === 0) return stdout;
  throw new Error(`${what} failed (exit code ${code}): ${(stderr || stdout).trim().split('\n').slice(0, 3).join(' ')}`);
}

// The real agent as a process of a throw-away machine, wired with the command line alone.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { AgentStatus } from '../../src/contract/status.ts';
import type { ProgramEnd, ThrowAwayMachine } from './throw-away-machine.ts';

const entry = join(import.meta.dirname, '../../src/main.ts');

export interface MachineAgent {
  readonly process: ChildProcess;
  readonly status: AgentStatus;
}

export function heimdall(machine: ThrowAwayMachine, ...args: readonly string[]): Promise<ProgramEnd> {
  return machine.run([process.execPath, entry, ...args]);
}

/** Resolves once it listens. */
export async function startAgent(machine: ThrowAwayMachine, ...args: readonly string[]): Promise<MachineAgent> {
  const child = machine.start([process.execPath, entry, 'run', '--json', '--port', '0', ...args]);
  let said = '';
  const status = await new Promise<AgentStatus>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const line = said.split('\n').find((each) => each.startsWith('{"event":"started"'));
      if (line !== undefined) resolve((JSON.parse(line) as { status: AgentStatus }).status);
    });
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('exit', () => reject(new Error(`The agent ended: ${said}`)));
  });
  return { process: child, status };
}

/** Ends it; settles when it is gone. */
export async function end({ process: child, status }: MachineAgent, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once('close', resolve));
  process.kill(status.pid, signal);
  await gone;
}

// Finds the agent of a data folder: its control socket, or nothing where none runs.
import { absolutePath, heimdallPaths } from '../config/paths.ts';
import { connectControl } from '../control/client.ts';
import { controlPath } from '../control/path.ts';
import type { ControlClient } from '../contract/control.ts';
import { codeOf } from '../contract/errors.ts';
import type { CommandContext, CommandInput } from './command.ts';

/** Absolute. */
export function dataDirOf(context: CommandContext, input: CommandInput): string {
  const named = input.text('dataDir');
  return named === undefined ? heimdallPaths(context).dataDir : absolutePath(named, context.cwd, context);
}

/** Throws `control-unreachable` when no agent runs on this data folder. */
function connectAgent(context: CommandContext, dataDir: string): Promise<ControlClient> {
  return connectControl(controlPath(dataDir, context.platform, context.env));
}

/** Undefined when no agent runs on this data folder; every other trouble is thrown. */
export async function findAgent(context: CommandContext, dataDir: string): Promise<ControlClient | undefined> {
  try {
    return await connectAgent(context, dataDir);
  } catch (error) {
    if (codeOf(error) === 'control-unreachable') return undefined;
    throw error;
  }
}

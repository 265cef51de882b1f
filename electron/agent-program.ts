// Which program the agent is: the Node and the entry that the package brings, or those the repository names in the environment.
import { posix, win32 } from 'node:path';

export interface AgentProgram {
  /** A Node binary, absolute. */
  readonly node: string;
  /** The agent's entry module, absolute. */
  readonly entry: string;
}

export interface ShellPlace {
  readonly isPackaged: boolean;
  /** Electron's `process.resourcesPath`. */
  readonly resourcesPath: string;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where the package puts Node and the agent below its resources folder; the packaging reads it from here. */
function packagedAgent(resourcesPath: string, platform: NodeJS.Platform): AgentProgram {
  const { join } = platform === 'win32' ? win32 : posix;
  return { node: join(resourcesPath, 'node', platform === 'win32' ? 'node.exe' : 'node'), entry: join(resourcesPath, 'agent', 'main.js') };
}

/** A package uses its own and nothing else: what the environment names could be anything. Otherwise undefined where nothing is named. */
export function agentProgram({ isPackaged, resourcesPath, platform, env }: ShellPlace): AgentProgram | undefined {
  if (isPackaged) return packagedAgent(resourcesPath, platform);
  const [node, entry] = [env['HEIMDALL_NODE'], env['HEIMDALL_AGENT']];
  return node === undefined || node === '' || entry === undefined || entry === '' ? undefined : { node, entry };
}

// The machine as the set-up sees it, from a data folder alone: enough to put everything back when no agent runs.
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentEntry } from './agent-entry.ts';
import { programRunner } from './run-program.ts';
import type { SetupMachine, StrictState } from './surface.ts';

export interface SetupPlace {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly dataDir: string;
  /** Where the certificate is, if not in the data folder. */
  readonly caDir?: string | undefined;
  /** Where paths outside the home start; only tests give one. */
  readonly root?: string | undefined;
  readonly hosts: readonly string[];
  /** Where the agent listens; 0 where none does: enough for putting back. */
  readonly port: () => number;
  readonly agentPid?: SetupMachine['agentPid'];
  readonly hasNamedUpstream?: boolean | undefined;
  readonly strict?: StrictState | undefined;
}

/** Throws when the data folder holds no certificate: nothing was ever trusted from it. */
export function setupMachine({
  platform,
  env,
  home,
  dataDir,
  caDir = dataDir,
  root = '/',
  hosts,
  port,
  agentPid,
  hasNamedUpstream,
  strict,
}: SetupPlace): SetupMachine {
  const file = join(caDir, 'ca.pem');
  const pem = readFileSync(file, 'utf8');
  return {
    platform,
    env,
    home,
    root,
    dataDir,
    run: programRunner(env),
    program: { node: process.execPath, entry: agentEntry() },
    isPrivileged: isPrivileged(env),
    ca: { file, pem, fingerprint: new X509Certificate(pem).fingerprint256 },
    port,
    hosts,
    agentPid,
    hasNamedUpstream,
    strict,
  };
}

/** Root, or a Windows administrator with full rights: nobody else may list the folder of the registry's files. */
function isPrivileged(env: SetupPlace['env']): boolean {
  if (process.getuid !== undefined) return process.getuid() === 0;
  try {
    readdirSync(join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'config'));
    return true;
  } catch {
    return false;
  }
}

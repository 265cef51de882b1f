// Asks the key store of the system through a process that can be ended, so that neither the agent nor a command ever hangs on it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { AgentError, messageOf } from '../contract/errors.ts';

export type SystemRequest =
  { readonly ask: 'get' | 'delete'; readonly account: string } | { readonly ask: 'set'; readonly account: string; readonly secret: string };

export type SystemAnswer =
  | { readonly ok: true; /** Of `get`; absent where there is no such entry. */ readonly secret?: string | undefined }
  | { readonly ok: false; readonly why: string };

export type Variables = Readonly<Record<string, string | undefined>>;

/** Whether it is worth asking: on Linux there has to be a message bus of the session. */
export function mayHaveSystemStore(platform: NodeJS.Platform, env: Variables): boolean {
  if (platform === 'linux') return busOf(env) !== undefined;
  return platform === 'darwin' || platform === 'win32';
}

/** A service of the user is often started with the bus at its usual place, and not told. */
function busOf({ DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime = '' }: Variables): string | undefined {
  if (address !== undefined && address !== '') return address;
  const usual = join(runtime, 'bus');
  return runtime !== '' && existsSync(usual) ? `unix:path=${usual}` : undefined;
}

/** The answers in order, up to the first that failed. Throws `key-store` when the store does not answer in time; no message holds a secret. */
export async function askSystemStore(
  requests: readonly SystemRequest[],
  { env, patienceMs, signal }: { readonly env: Variables; readonly patienceMs: number; readonly signal?: AbortSignal | undefined },
): Promise<readonly SystemAnswer[]> {
  const program = fileURLToPath(new URL('./system-store-worker.ts', import.meta.url));
  const limit = AbortSignal.timeout(patienceMs);
  const child = spawn(process.execPath, [program], {
    env: { ...env, NODE_OPTIONS: '', DBUS_SESSION_BUS_ADDRESS: busOf(env) },
    stdio: ['pipe', 'pipe', 'ignore'],
    signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  // The child may be gone before it has read everything; its exit tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(requests));
  try {
    const answers = parsed(await Promise.race([text(child.stdout), failed]));
    if (answers !== undefined) return answers;
  } catch (cause) {
    const why = limit.aborted ? `does not answer within ${patienceMs / 1000} seconds` : `cannot be asked: ${messageOf(cause)}`;
    throw new AgentError('key-store', `The key store of this system ${why}.`, { cause });
  }
  throw new AgentError(
    'key-store',
    limit.aborted
      ? `The key store of this system does not answer within ${patienceMs / 1000} seconds.`
      : 'The key store of this system cannot be asked: the program that asks it has failed.',
  );
}

/** Undefined: cut off. The parser's error is left out, for it quotes the text. */
function parsed(answers: string): readonly SystemAnswer[] | undefined {
  try {
    return JSON.parse(answers) as readonly SystemAnswer[];
  } catch {
    return undefined;
  }
}

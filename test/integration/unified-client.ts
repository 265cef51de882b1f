// Clients of the unified API: plain calls whose bytes a test can see, and what tests set up around them.
import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';
import type { AuditRow } from '../../src/contract/audit.ts';
import type { Attempt } from '../../src/contract/exchange.ts';
import { openKeyStore } from '../../src/keys/key-store.ts';
import { startModelServer } from '../fakes/model-server.ts';
import type { ModelServer } from '../fakes/model-server.ts';
import { valueOf } from './proxy-client.ts';

/** A virtual key of the device, given to agents by `settings: { virtualKeys: [clientKey] }`. */
export const clientKey = { id: 'client', key: 'sk-hd-of-the-client-7f3a' } as const;

/** A fake provider that is gone when the test ends. */
export async function modelServer(): Promise<ModelServer> {
  const server = await startModelServer();
  onTestFinished(() => server.close());
  return server;
}

/** A local provider's target: it needs no key, and takes any model that is asked of it. */
export const localTarget = (id: string, { url }: Pick<ModelServer, 'url'>, more: object = {}) => ({
  id,
  kind: 'provider' as const,
  provider: 'vllm',
  url,
  models: ['*'],
  ...more,
});

/** Keys for a provider in the store of an agent, as `heimdall keys add` puts them there. An agent that runs sees them within a second or two. */
export async function addKeys(
  dataDir: string,
  provider: string,
  keys: readonly { readonly label: string; readonly secret: string; readonly weight?: number }[],
): Promise<void> {
  const store = await openKeyStore({ dir: dataDir, platform: process.platform, env: {}, useSystem: false, follows: false });
  for (const { label, secret, weight = 1 } of keys) await store.add({ provider, label, secret, weight });
  store.close();
}

export interface DoorAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** The connection broke before the answer's end. */
  readonly isBroken: boolean;
  header(name: string): string | undefined;
}

export interface DoorRequest {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | object;
  readonly signal?: AbortSignal;
}

/** Connections to each agent, closed before it is: it would wait for them when it stops. */
const connections = new Map<number, Agent>();

function connectionsTo(port: number): Agent {
  const known = connections.get(port);
  if (known) return known;
  const fresh = new Agent({ connections: 256 });
  connections.set(port, fresh);
  onTestFinished(async () => {
    connections.delete(port);
    await fresh.destroy();
  });
  return fresh;
}

/** One call to the unified API with the client's key, as bytes; a connection that breaks in mid-answer is an answer as well. */
export async function ask(
  { port }: { readonly port: number },
  { path = '/v1/chat/completions', headers = {}, body, signal }: DoorRequest,
): Promise<DoorAnswer> {
  const answer = await request(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    dispatcher: connectionsTo(port),
    headers: { authorization: `Bearer ${clientKey.key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    responseHeaders: 'raw',
    ...(signal === undefined ? {} : { signal }),
  });
  // undici types raw headers as an object.
  const raw = (answer.headers as unknown as readonly Buffer[]).map(String);
  const pieces: Buffer[] = [];
  let isBroken = false;
  try {
    for await (const piece of answer.body) pieces.push(piece as Buffer);
  } catch {
    isBroken = true;
  }
  return { status: answer.statusCode, body: Buffer.concat(pieces), isBroken, header: (name) => valueOf(raw, name) };
}

/** A chat request of OpenAI's dialect. */
export const chat = (text: string, more: object = {}): object => ({ model: 'vllm/qwen3', messages: [{ role: 'user', content: text }], ...more });

/** Target and end of each attempt: `one 200`, `two upstream-timeout`. */
export const attemptsOf = (row: AuditRow | undefined): readonly string[] =>
  (row?.record.attempts ?? []).map(({ target, status, error }: Attempt) => `${target} ${error ?? String(status)}`);

/** How many of the things there are of each kind. */
export function tally(kinds: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

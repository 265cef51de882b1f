// The worker thread that runs a foreign PAC file in a sandbox (QuickJS in WebAssembly): it can neither reach Node nor hold up the agent.
import { networkInterfaces } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { createPacResolver, sandbox } from 'pac-resolver';
import { QuickJS } from 'quickjs-wasi';
import { messageOf } from '../../contract/errors.ts';

export interface PacQuestion {
  readonly id: number;
  readonly url: string;
  readonly host: string;
}

/** `started`: the sandbox is there, and the file is loaded next. `id` 0: whether it could be loaded. */
export interface PacReply {
  readonly id: number | 'started';
  readonly answer?: string;
  readonly failure?: string;
}

const memoryLimit = 64 * 1024 * 1024;

/** The address of this computer on its network. The package's own finds it by a connection to a public server. */
function myIpAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}

// What these answer is awaited in the sandbox, so the package wants them asynchronous.
const functions = { ...sandbox, alert: () => undefined, myIpAddress: () => Promise.resolve(myIpAddress()) };
const awaited = ['dnsResolve', 'isInNet', 'isResolvable', 'myIpAddress'];

const reply = (message: PacReply): void => parentPort?.postMessage(message);

try {
  const { source } = workerData as { readonly source: string };
  const sandboxed = await QuickJS.create({ memoryLimit });
  reply({ id: 'started' });
  const find = createPacResolver(sandboxed, source, { sandbox: functions, names: awaited });
  parentPort?.on('message', ({ id, url, host }: PacQuestion) => {
    // What the file gives may be anything at all, whatever the type says.
    const asked = Promise.resolve().then((): Promise<unknown> => find(url, host));
    asked.then(
      (answer) => reply(typeof answer === 'string' ? { id, answer } : { id, failure: `it answered ${answer === null ? 'null' : typeof answer}, not a text` }),
      (error: unknown) => reply({ id, failure: messageOf(error) }),
    );
  });
  reply({ id: 0, answer: '' });
} catch (error) {
  reply({ id: 0, failure: messageOf(error) });
}

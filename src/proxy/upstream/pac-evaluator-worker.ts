// The worker thread that runs a foreign PAC file in a sandbox (QuickJS in WebAssembly): it can neither reach Node nor hold up the agent.
import { parentPort, workerData } from 'node:worker_threads';
import { sandbox } from 'pac-resolver';
import { QuickJS } from 'quickjs-wasi';
import { messageOf } from '../../contract/errors.ts';
import { dateRange } from './pac-date-range.ts';
import { networkFunctions } from './pac-network.ts';
import type { ResolverMemory } from './pac-network.ts';

export interface PacQuestion {
  readonly id: number;
  readonly url: string;
  readonly host: string;
}

/** `started`: the sandbox is there, and the file is loaded next. `resolve`: a name to look up. `id` 0: whether the file could be loaded. */
export type PacReply =
  { readonly id: 'started' } | { readonly id: 'resolve'; readonly name: string } | { readonly id: number; readonly answer?: string; readonly failure?: string };

export interface PacWork {
  readonly source: string;
  readonly memory: ResolverMemory;
}

const memoryLimit = 64 * 1024 * 1024;

const reply = (message: PacReply): void => parentPort?.postMessage(message);

/** The package's own functions, but for those that need the network (theirs are asynchronous, and files are not written for that) and dateRange (theirs is none). */
function functionsOf(memory: ResolverMemory): Readonly<Record<string, (...args: never[]) => unknown>> {
  const { dnsDomainIs, dnsDomainLevels, isPlainHostName, localHostOrDomainIs, shExpMatch, timeRange, weekdayRange } = sandbox;
  const pure = { dateRange, dnsDomainIs, dnsDomainLevels, isPlainHostName, localHostOrDomainIs, shExpMatch, timeRange, weekdayRange };
  return { ...pure, ...networkFunctions(memory, (name) => reply({ id: 'resolve', name })), alert: () => undefined };
}

async function load({ source, memory }: PacWork): Promise<(url: string, host: string) => unknown> {
  const vm = await QuickJS.create({ memoryLimit });
  reply({ id: 'started' });
  for (const [name, body] of Object.entries(functionsOf(memory))) {
    const handle = vm.newFunction(name, (...args) => vm.hostToHandle(body(...(args.map((arg) => vm.dump(arg)) as never[]))));
    handle.consume((made) => vm.setProp(vm.global, name, made));
  }
  vm.evalCode(source, 'proxy.pac').dispose();
  const find = vm.evalCode('typeof FindProxyForURL == "function" ? FindProxyForURL : undefined');
  if (vm.typeof(find) !== 'function') throw new Error('it has no function FindProxyForURL');
  return (url, host) => {
    const args = [vm.newString(url), vm.newString(host)];
    try {
      return vm.callFunction(find, vm.undefined, ...args).consume((answer): unknown => vm.dump(answer));
    } finally {
      for (const arg of args) arg.dispose();
    }
  };
}

try {
  const find = await load(workerData as PacWork);
  parentPort?.on('message', ({ id, url, host }: PacQuestion) => {
    try {
      const answer = find(url, host);
      reply(typeof answer === 'string' ? { id, answer } : { id, failure: `it answered ${answer === null ? 'null' : typeof answer}, not a text` });
    } catch (error) {
      reply({ id, failure: messageOf(error) });
    }
  });
  reply({ id: 0, answer: '' });
} catch (error) {
  reply({ id: 0, failure: messageOf(error) });
}

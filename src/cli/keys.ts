// `heimdall keys`: the keys of providers, kept where the system keeps secrets and never shown again; and the providers they can be for.
import { providerById, providers } from '../catalog/providers.ts';
import type { ProviderRow } from '../catalog/providers.ts';
import { AgentError } from '../contract/errors.ts';
import { openKeyStore } from '../keys/key-store.ts';
import type { KeyPlace, KeyStore } from '../keys/key-store.ts';
import { dataDirOf } from './agent-link.ts';
import { dataDirOption, UsageError } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { counted, printable } from './output.ts';
import { readSecret } from './secret-input.ts';
import { tableLines } from './table.ts';

export const keysAdd: CommandSpec = {
  name: 'keys add',
  summary: 'store a key of a provider; it is read from standard input or asked for',
  arguments: [{ name: 'provider', description: 'id of the provider, as `heimdall keys providers` shows it' }],
  options: [
    { flags: '--label <name>', description: 'what to call it (default: main); a key that has the label already is replaced' },
    { flags: '--weight <number>', description: 'its share of the calls among the keys of the provider (default: 1)', parse: weightOf },
    { flags: '--file', description: "keep it in a file of yours alone, not in the system's key store" },
    dataDirOption,
  ],
  examples: [
    ['heimdall keys add openai', 'asks for the key and shows nothing of it'],
    ['printf %s "$KEY" | heimdall keys add groq --label second --weight 0.5', 'a second key that gets half as many calls as the first'],
  ],
  run: async (context, input) => {
    const row = callable(input.argument(0));
    const label = input.text('label') ?? 'main';
    const secret = await readSecret(
      context,
      `Type or paste the key of ${row.name}, then Enter. It is not shown, now or later.`,
      `printf %s "$KEY" | heimdall keys add ${row.id}`,
    );
    const place = await withStore(context, input, { useSystem: !input.flag('file') }, (store) =>
      store.add({ provider: row.id, label, secret: secret.trim(), weight: input.number('weight') ?? 1 }),
    );
    if (input.json) context.out.json({ provider: row.id, label, place });
    else context.out.line(`The key ${label} of ${row.name} is ${inWords[place]}.`);
    if (row.needsUrl !== undefined && !input.json) context.err.line(`Its target needs a url in the settings. ${row.needsUrl}`);
    return 'ok';
  },
};

export const keysList: CommandSpec = {
  name: 'keys list',
  summary: 'show which keys are stored, and none of them',
  options: [dataDirOption],
  examples: [
    ['heimdall keys list', 'labels, weights and where each key is; virtual keys by their ids'],
    ['heimdall keys list --json', 'the same as JSON'],
  ],
  run: async (context, input) => {
    const { keys, virtual, troubles } = await withStore(context, input, { useSystem: false }, (store) =>
      Promise.resolve({ keys: store.list(), virtual: store.listVirtual(), troubles: store.troubles }),
    );
    for (const trouble of troubles) context.err.line(printable(trouble));
    if (input.json) context.out.json({ keys, virtualKeys: virtual });
    else printKeys(context, keys, virtual);
    return 'ok';
  },
};

export const keysRemove: CommandSpec = {
  name: 'keys remove',
  summary: 'take a key of a provider out of the store',
  arguments: [
    { name: 'provider', description: 'id of the provider' },
    { name: 'label', description: 'label of the key, as `heimdall keys list` shows it' },
  ],
  options: [dataDirOption],
  examples: [['heimdall keys remove openai main', 'calls that use it now are not cut off; new ones do not get it']],
  run: async (context, input) => {
    const [provider, label] = [input.argument(0), input.argument(1)];
    const was = await withStore(context, input, { useSystem: false }, (store) => store.remove(provider, label));
    if (!was)
      throw new AgentError('key-store', `There is no key ${printable(label)} of ${printable(provider)}. \`heimdall keys list\` shows those that there are.`);
    if (input.json) context.out.json({ provider, label, removed: true });
    else context.out.line(`The key ${label} of ${provider} is removed. At the provider it is valid until it is revoked there.`);
    return 'ok';
  },
};

export const keysProviders: CommandSpec = {
  name: 'keys providers',
  summary: 'list the providers that can be called straight, and what each speaks',
  examples: [
    ['heimdall keys providers', 'id, dialects and address of each'],
    ['heimdall keys providers --json', 'all of the table, with limits and sources'],
  ],
  run: (context, input) => {
    if (input.json) context.out.json(providers);
    else printProviders(context);
    return Promise.resolve('ok');
  },
};

/** For one command: secrets of the system are not read, so that nobody is asked to unlock them. */
export async function withStore<T>(
  context: CommandContext,
  input: CommandInput,
  options: { readonly useSystem: boolean },
  act: (store: KeyStore) => Promise<T>,
): Promise<T> {
  const { platform, env } = context;
  const store = await openKeyStore({ dir: dataDirOf(context, input), platform, env, follows: false, ...options });
  try {
    return await act(store);
  } finally {
    store.close();
  }
}

const inWords: Readonly<Record<KeyPlace, string>> = { system: "in the system's key store", file: 'in a file that you alone can read' };

function callable(id: string): ProviderRow {
  const row = providerById(id);
  if (row === undefined) throw new UsageError(`No provider is called ${printable(id)}. \`heimdall keys providers\` lists them.`);
  if (row.unread !== undefined) throw new UsageError(`${row.name} cannot be called: ${row.unread}.`);
  return row;
}

function weightOf(text: string): number {
  const weight = Number(text);
  if (text.trim() === '' || !Number.isFinite(weight) || weight < 0) throw new UsageError('It must be a number from 0 on.');
  return weight;
}

function printKeys({ out }: CommandContext, keys: ReturnType<KeyStore['list']>, virtual: ReturnType<KeyStore['listVirtual']>): void {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  if (keys.length === 0) out.line('No key of a provider is stored. `heimdall keys add <provider>` stores one.');
  else {
    const rows = keys.map(({ provider, label, weight, place, addedAt }) =>
      [provider, label, String(weight), place, day(addedAt)].map((text) => ({ text: printable(text) })),
    );
    const columns = [{ title: 'PROVIDER' }, { title: 'LABEL' }, { title: 'WEIGHT', align: 'right' as const }, { title: 'KEPT IN' }, { title: 'ADDED' }];
    for (const line of tableLines(columns, rows, out)) out.line(line);
  }
  if (virtual.length === 0) return;
  out.line();
  const rows = virtual.map(({ id, addedAt }) => [{ text: printable(id) }, { text: day(addedAt) }]);
  for (const line of tableLines([{ title: 'VIRTUAL KEY' }, { title: 'MADE' }], rows, out)) out.line(line);
}

function printProviders({ out }: CommandContext): void {
  const rows = providers.map((row) => {
    const speaks = row.unread === undefined ? Object.keys(row.paths).join(', ') : row.unread;
    return [{ text: row.id }, { text: row.name }, { text: speaks }, { text: row.baseUrl ?? (row.unread === undefined ? 'given in the settings' : '') }];
  });
  const columns = [{ title: 'ID' }, { title: 'NAME', squeezed: 12 }, { title: 'SPEAKS', squeezed: 20 }, { title: 'ADDRESS', dispensable: 1 }];
  for (const line of tableLines(columns, rows, out)) out.line(line);
  out.line();
  out.line(out.paint('dim', `${counted(providers.length, 'provider')}. Models on this machine need no key.`));
}

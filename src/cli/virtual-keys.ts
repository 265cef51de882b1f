// `heimdall keys create` and `keys revoke`: keys of our own, by which the unified API knows who calls. Only their hashes are kept.
import { createHash } from 'node:crypto';
import { newVirtualKey } from '../budgets/virtual-keys.ts';
import { AgentError } from '../contract/errors.ts';
import { Settings } from '../contract/settings.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { withStore } from './keys.ts';
import { printable } from './output.ts';

const id = { name: 'id', description: 'whom or what it is for: letters, digits, dots, dashes' };

export const keysCreate: CommandSpec = {
  name: 'keys create',
  summary: 'make a virtual key for a program or a person, and print it this once',
  arguments: [id],
  options: [dataDirOption],
  examples: [
    ['heimdall keys create team-a', 'the key on standard output, how to use it on the error output'],
    ['heimdall keys create ci --json', 'the key and the variables as JSON'],
  ],
  run: async (context, input) => {
    const name = input.argument(0);
    const key = newVirtualKey();
    await withStore(context, input, { useSystem: false }, (store) => {
      if (store.virtualHash(name) !== undefined)
        throw new AgentError(
          'key-store',
          `There is a virtual key ${printable(name)} already, which cannot be shown again. \`heimdall keys revoke ${printable(name)}\` ends it.`,
        );
      store.addVirtual(name, createHash('sha256').update(key).digest('hex'));
      return Promise.resolve();
    });
    const { port, isRunning } = await portOf(context, input);
    const variables = variablesFor(port, key);
    if (input.json) context.out.json({ id: name, key, variables });
    else {
      context.out.line(key);
      explain(context, name, variables, isRunning);
    }
    return 'ok';
  },
};

export const keysRevoke: CommandSpec = {
  name: 'keys revoke',
  summary: 'end a virtual key',
  arguments: [id],
  options: [dataDirOption],
  examples: [['heimdall keys revoke team-a', 'an agent that runs refuses it from the next second on']],
  run: async (context, input) => {
    const name = input.argument(0);
    const was = await withStore(context, input, { useSystem: false }, (store) => Promise.resolve(store.removeVirtual(name)));
    if (!was) throw new AgentError('key-store', `There is no virtual key ${printable(name)}. \`heimdall keys list\` shows those that there are.`);
    if (input.json) context.out.json({ id: name, revoked: true });
    else context.out.line(`The virtual key ${name} is no longer valid.`);
    return 'ok';
  },
};

function variablesFor(port: number, key: string): Readonly<Record<string, string>> {
  const door = `http://127.0.0.1:${port}`;
  return {
    OPENAI_BASE_URL: `${door}/v1`,
    OPENAI_API_KEY: key,
    ANTHROPIC_BASE_URL: `${door}/anthropic`,
    ANTHROPIC_API_KEY: key,
    GOOGLE_GEMINI_BASE_URL: `${door}/genai`,
    GEMINI_API_KEY: key,
  };
}

/** The key itself stands on the other output alone, so that a pipe gets nothing else. */
function explain({ err }: CommandContext, name: string, variables: Readonly<Record<string, string>>, isRunning: boolean): void {
  err.line('This is the only time it is shown. Programs use it by:');
  for (const [variable, value] of Object.entries(variables)) err.line(`  ${variable}=${variable.endsWith('_KEY') ? '<the key>' : value}`);
  err.line(`Models, limits and priority for it go into the settings: virtualKeys, with the id ${name}.`);
  if (!isRunning) err.line('No agent runs now; the port is the usual one.');
}

async function portOf(context: CommandContext, input: CommandInput): Promise<{ port: number; isRunning: boolean }> {
  const agent = await findAgent(context, dataDirOf(context, input));
  if (agent === undefined) return { port: Settings.parse({}).port, isRunning: false };
  try {
    return { port: (await agent.call('status.get', {})).proxy.port, isRunning: true };
  } finally {
    agent.close();
  }
}

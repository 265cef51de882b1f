// `heimdall restore`: puts back what Heimdall changed on this machine, and clears away what a crash left behind.
import { existsSync } from 'node:fs';
import { interceptedHosts } from '../catalog/match.ts';
import { controlPath } from '../control/path.ts';
import { removeDeadSocket } from '../control/dead-socket.ts';
import { ledgerFile } from '../system/ledger.ts';
import type { Restored } from '../system/ledger.ts';
import { setupMachine } from '../system/setup-machine.ts';
import { Setup } from '../system/setup.ts';
import { dataDirOf } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandContext, CommandSpec } from './command.ts';

const words: Readonly<Record<Restored['outcome'], string>> = {
  restored: 'put back as it was',
  'already-original': 'was already as before',
  'kept-theirs': 'left alone',
  failed: 'could not be put back',
};

export const restore: CommandSpec = {
  name: 'restore',
  summary: 'undo what Heimdall changed on this machine',
  options: [dataDirOption],
  examples: [
    ['heimdall restore', 'safe to run at any time, and as often as you like'],
    ['heimdall restore --json', 'what was done, as JSON'],
  ],
  run: async (context, input) => {
    const dataDir = dataDirOf(context, input);
    const socket = controlPath(dataDir, context.platform, context.env);
    const restored = await putBack(context, dataDir);
    const found = removeDeadSocket(socket);
    const done = {
      none: 'Nothing was left behind by a crash.',
      removed: `The control socket of an agent that had died was removed: ${socket}.`,
      alive: 'An agent is running; its control socket was left alone.',
    }[found];
    if (input.json) context.out.json({ restored, controlSocket: found, text: [...restored.map(line), done].join(' ') });
    else {
      if (restored.length === 0) context.out.line('Heimdall has changed nothing on this machine that still stands, so there was nothing to restore.');
      for (const each of restored) context.out.line(line(each));
      context.out.line(done);
    }
    return restored.some(({ outcome }) => outcome === 'failed') ? 'failure' : 'ok';
  },
};

async function putBack(context: CommandContext, dataDir: string): Promise<readonly Restored[]> {
  if (!existsSync(ledgerFile(dataDir))) return [];
  // Which port the agent had does not matter for putting back.
  return await new Setup(setupMachine({ ...context, dataDir, hosts: interceptedHosts(), port: () => 0 })).restore();
}

const line = ({ surface, outcome, detail }: Restored): string => `${surface}: ${words[outcome]}.${detail === undefined ? '' : ` ${detail}`}`;

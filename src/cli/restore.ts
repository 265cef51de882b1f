// `heimdall restore`: puts back what Heimdall changed on this machine, and clears away what a crash left behind.
import { controlPath } from '../control/path.ts';
import { removeDeadSocket } from '../control/dead-socket.ts';
import type { RestoredChange } from '../contract/setup.ts';
import { dataDirOf } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandContext, CommandSpec } from './command.ts';
import { isForSomeoneElse, openSetup } from './machine-setup.ts';
import { restoredLine } from './restored-line.ts';

export const restore: CommandSpec = {
  name: 'restore',
  summary: 'undo what Heimdall changed on this machine',
  options: [{ flags: '--live', description: 'only what names the port of the agent; what was chosen stays chosen (for service managers)' }, dataDirOption],
  examples: [
    ['heimdall restore', 'safe to run at any time, and as often as you like'],
    ['heimdall restore --live', 'after the agent has died: the network is as before, trust stays'],
    ['heimdall restore --json', 'what was done, as JSON'],
  ],
  run: async (context, input) => {
    const dataDir = dataDirOf(context, input);
    const socket = controlPath(dataDir, context.platform, context.env);
    const restored = await putBack(context, dataDir, input.flag('live'));
    const found = removeDeadSocket(socket);
    const done = {
      none: 'Nothing was left behind by a crash.',
      removed: `The control socket of an agent that had died was removed: ${socket}.`,
      alive: 'An agent is running; its control socket was left alone.',
    }[found];
    if (input.json) context.out.json({ restored, controlSocket: found, text: [...restored.map((each) => restoredLine(each, context.home)), done].join(' ') });
    else {
      if (restored.length === 0) context.out.line('Heimdall has changed nothing on this machine that still stands, so there was nothing to restore.');
      for (const each of restored) context.out.line(restoredLine(each, context.home));
      context.out.line(done);
    }
    return restored.some(({ outcome }) => outcome === 'failed') ? 'failure' : 'ok';
  },
};

async function putBack(context: CommandContext, dataDir: string, isLiveOnly: boolean): Promise<readonly RestoredChange[]> {
  // An administrator puts back what belongs to the whole machine; what is in a home is that person's to put back.
  const isForeign = isForSomeoneElse(dataDir);
  // Which port the agent had does not matter for putting back.
  const setup = openSetup(context, dataDir, { isForSomeoneElse: isForeign });
  return (await (isLiveOnly ? setup?.suspend() : setup?.restore(isForeign))) ?? [];
}

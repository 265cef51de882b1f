// `heimdall restore`: undoes what Heimdall changed on this machine. This version changes nothing; what a crash left behind is cleared away.
import { controlPath } from '../control/path.ts';
import { removeDeadSocket } from '../control/dead-socket.ts';
import { hasLedger, ledgerFile } from '../system/ledger.ts';
import { dataDirOf } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandSpec } from './command.ts';

export const restore: CommandSpec = {
  name: 'restore',
  summary: 'undo what Heimdall changed on this machine',
  options: [dataDirOption],
  examples: [
    ['heimdall restore', 'safe to run at any time, and as often as you like'],
    ['heimdall restore --json', 'what was done, as JSON'],
  ],
  run: (context, input) => {
    const dataDir = dataDirOf(context, input);
    const socket = controlPath(dataDir, context.platform, context.env);
    const ledger = hasLedger(dataDir);
    const found = removeDeadSocket(socket);
    const done = {
      none: 'Nothing was left behind by a crash.',
      removed: `The control socket of an agent that had died was removed: ${socket}.`,
      alive: 'An agent is running; its control socket was left alone.',
    }[found];
    const changes = ledger
      ? `A newer Heimdall has noted changes in ${ledgerFile(dataDir)}, which this version cannot undo. Run \`heimdall restore\` of that version.`
      : 'This version changes no settings of the machine, so there was nothing to restore.';
    if (input.json) context.out.json({ restored: [], ledger: ledger ? ledgerFile(dataDir) : null, controlSocket: found, text: `${changes} ${done}` });
    else context.out.line(`${changes}\n${done}`);
    return Promise.resolve(ledger ? 'failure' : 'ok');
  },
};

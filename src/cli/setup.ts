// `heimdall setup`: says what it will change on this machine, changes it, and can take it back.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority } from '../ca/authority.ts';
import { interceptedHosts } from '../catalog/match.ts';
import { makeDataFolder } from '../config/data-folder.ts';
import type { ControlClient } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import { surfaceGroups } from '../contract/setup.ts';
import type { RestoredChange, SetupChange, SurfaceGroup } from '../contract/setup.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption, UsageError } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { isForSomeoneElse, openSetup } from './machine-setup.ts';
import { counted, printable } from './output.ts';
import type { Paint } from './output.ts';
import { restoredLine } from './restored-line.ts';

/** What `setup` does unless other groups are named. The rest is made only when asked for. */
const usual: readonly SurfaceGroup[] = ['trust', 'environment', 'tools', 'proxy'];

const titles: Readonly<Record<SurfaceGroup, string>> = {
  trust: 'Trust: programs accept the certificate of this installation, which can speak for AI hosts only',
  environment: 'Environment: command-line tools find the proxy and the certificate',
  tools: 'Tool settings: only Heimdall’s own keys, comments and order stay',
  proxy: 'System proxy: AI hosts go through Heimdall, everything else and every failure goes straight out',
  service: 'Service: the agent starts with your session',
  strict: 'Strict capture: programs that ignore proxies',
};

export const setup: CommandSpec = {
  name: 'setup',
  summary: 'wire this machine: trust, environment, tools, system proxy',
  options: [
    { flags: '--dry-run', description: 'say what would be changed, and change nothing' },
    { flags: '--only <groups>', description: `some of ${surfaceGroups.join(', ')}; separated by commas`, parse: groupsOf },
    { flags: '--service', description: 'also start the agent with the session' },
    { flags: '--strict', description: 'also capture programs that ignore proxies (needs an administrator)' },
    { flags: '--undo', description: 'take the groups back instead' },
    dataDirOption,
  ],
  examples: [
    ['heimdall setup --dry-run', 'every change in words, none made'],
    ['heimdall setup', 'makes them; `heimdall restore` takes all of them back'],
    ['heimdall setup --only trust', 'the certificate alone'],
    ['sudo heimdall setup --data-dir ~/.local/share/heimdall', 'the part that belongs to the whole machine, for your agent'],
    ['heimdall setup --undo --only tools', 'tool settings as they were'],
  ],
  run: async (context, input) => {
    const dataDir = dataDirOf(context, input);
    const groups = chosenGroups(input);
    const agent = await findAgent(context, dataDir);
    const scratch = input.flag('dryRun') ? mkdtempSync(join(tmpdir(), 'heimdall-dry-run-')) : undefined;
    try {
      const place = await openPlace(context, dataDir, agent, scratch);
      if (input.flag('undo')) return printRestored(context, input, await place.undo(groups));
      if (scratch !== undefined) return printPlan(context, input, await place.look(groups), agent !== undefined);
      return await make(context, input, place, groups, agent !== undefined);
    } finally {
      agent?.close();
      if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    }
  },
};

function groupsOf(text: string): readonly SurfaceGroup[] {
  const named = text.split(',').map((each) => each.trim());
  const wrong = named.find((each) => surfaceGroups.every((group) => group !== each));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no group. Choose from ${surfaceGroups.join(', ')}.`);
  return surfaceGroups.filter((group) => named.includes(group));
}

function chosenGroups(input: CommandInput): readonly SurfaceGroup[] {
  const named = input.parsed('only');
  const only = Array.isArray(named) ? named : input.flag('undo') ? surfaceGroups : usual;
  return surfaceGroups.filter(
    (group) => only.includes(group) || (group === 'service' && input.flag('service')) || (group === 'strict' && input.flag('strict')),
  );
}

/** Who makes the changes: the agent where one runs, else this process. */
interface Place {
  look(groups: readonly SurfaceGroup[]): Promise<readonly SetupChange[]>;
  apply(groups: readonly SurfaceGroup[]): Promise<readonly SetupChange[]>;
  undo(groups: readonly SurfaceGroup[]): Promise<readonly RestoredChange[]>;
}

/** `scratch`: nothing may be written but there; a certificate is made in it where there is none yet. */
async function openPlace(context: CommandContext, dataDir: string, agent: ControlClient | undefined, scratch: string | undefined): Promise<Place> {
  const isForeign = isForSomeoneElse(dataDir);
  if (agent !== undefined && !isForeign) {
    return {
      look: (groups) => agent.call('machine.look', { groups: [...groups] }),
      apply: (groups) => agent.call('machine.apply', { groups: [...groups] }),
      undo: (groups) => agent.call('machine.undo', { groups: [...groups] }),
    };
  }
  if (scratch === undefined) makeDataFolder(dataDir);
  const caDir = scratch === undefined || existsSync(join(dataDir, 'ca.pem')) ? dataDir : scratch;
  await openAuthority({ dir: caDir, permitted: interceptedHosts() });
  const port = agent === undefined ? 0 : (await agent.call('status.get', {})).proxy.port;
  const local = openSetup(context, dataDir, { port, caDir, isForSomeoneElse: isForeign });
  if (local === undefined) throw new AgentError('ca-unusable', `The folder ${caDir} holds no certificate.`);
  return { look: (groups) => local.look(groups), apply: (groups) => local.apply(groups, port !== 0), undo: (groups) => local.undo(groups) };
}

function printPlan(context: CommandContext, input: CommandInput, changes: readonly SetupChange[], hasAgent: boolean): 'ok' {
  const { out } = context;
  if (input.json) {
    out.json({ dryRun: true, changes });
    return 'ok';
  }
  printGroups(context, changes, planMark);
  const open = changes.filter(({ state }) => state === 'not-done' || state === 'waiting');
  out.line(`\n${open.length === 0 ? 'There is nothing to change.' : `${counted(open.length, 'place')} would be changed.`} Nothing was changed now.`);
  out.line('What is marked “while the agent runs” is set when the agent starts listening and taken back when it stops, even if it is killed.');
  if (!hasAgent) out.line('No agent runs at the moment; those changes would wait for it.');
  out.line('`heimdall setup` makes the changes, `heimdall restore` puts everything back as it was.');
  return 'ok';
}

async function make(context: CommandContext, input: CommandInput, place: Place, groups: readonly SurfaceGroup[], hasAgent: boolean): Promise<'ok' | 'failure'> {
  const { out } = context;
  const all: SetupChange[] = [];
  // Group by group, so that a person who waits for a slow tool sees where it stands.
  for (const group of groups) {
    const changes = await place.apply([group]);
    all.push(...changes);
    if (!input.json) printGroups(context, changes, doneMark);
  }
  const failed = all.filter(({ state }) => state === 'failed').length;
  if (input.json) out.json({ changes: all });
  else {
    const waiting = all.filter(({ state }) => state === 'waiting').length;
    out.line(`\n${counted(all.filter(({ state }) => state === 'done').length, 'place')} set up${failed > 0 ? `, ${failed} failed` : ''}.`);
    if (waiting > 0) out.line(`${counted(waiting, 'place')} will follow as soon as the agent runs: \`heimdall run\`, or the tray app.`);
    if (hasAgent) out.line('Programs and terminals that are open already must be started again to notice. `heimdall apps` shows which are covered.');
    out.line('`heimdall restore` puts everything back as it was.');
  }
  return failed > 0 ? 'failure' : 'ok';
}

function printRestored({ out, home }: CommandContext, input: CommandInput, restored: readonly RestoredChange[]): 'ok' | 'failure' {
  if (input.json) out.json({ restored });
  else if (restored.length === 0) out.line('Nothing of these groups stood, so there was nothing to take back.');
  else for (const each of restored) out.line(restoredLine(each, home));
  return restored.some(({ outcome }) => outcome === 'failed') ? 'failure' : 'ok';
}

type Mark = readonly [sign: string, paint: Paint, words: string];

const planMark: Readonly<Record<SetupChange['state'], Mark>> = {
  'not-done': ['+', 'green', ''],
  waiting: ['+', 'green', ''],
  done: ['=', 'dim', 'stands already'],
  'changed-by-others': ['!', 'yellow', 'changed by someone else since'],
  unavailable: ['-', 'dim', 'not possible here'],
  failed: ['x', 'red', 'failed'],
};

const doneMark: Readonly<Record<SetupChange['state'], Mark>> = {
  ...planMark,
  'not-done': ['-', 'yellow', 'not done'],
  waiting: ['…', 'cyan', 'waits for the agent'],
  done: ['+', 'green', 'done'],
};

function printGroups({ out, home }: CommandContext, changes: readonly SetupChange[], marks: Readonly<Record<SetupChange['state'], Mark>>): void {
  const shown = (text: string): string => printable(text.replaceAll(home, '~'));
  for (const group of surfaceGroups) {
    const own = changes.filter((change) => change.group === group);
    if (own.length === 0) continue;
    out.line(`\n${out.paint('bold', titles[group])}`);
    for (const { state, what, to, reason, life } of own) {
      const [sign, paint, words] = marks[state];
      const when = life === 'live' ? ' (while the agent runs)' : '';
      out.line(`  ${out.paint(paint, sign)} ${shown(what)}${words === '' ? '' : out.paint(paint, `  ${words}`)}`);
      if (state !== 'unavailable' && state !== 'failed') out.line(out.paint('dim', `      ${shown(to)}${when}`));
      if (reason !== undefined) out.line(out.paint('dim', `      ${shown(reason)}`));
    }
  }
}

// Whether the agent lives, which version it is, and what a dead one has left behind.
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../contract/errors.ts';
import { surfaceGroups } from '../contract/setup.ts';
import { lockFileOf, removeDeadSocket } from '../control/dead-socket.ts';
import { takeInstanceLock } from '../control/instance-lock.ts';
import { controlPath } from '../control/path.ts';
import { ledgerFile } from '../system/ledger.ts';
import type { Exam, Finding } from './exam.ts';
import type { Patient } from './patient.ts';

const startFix = 'Start it: `heimdall run`, or the tray app.';

export function agentExams(patient: Patient): readonly Exam[] {
  const { machine, dataDir, agent, version } = patient;
  const socket = controlPath(dataDir, machine.platform, machine.env);
  return [
    { id: 'agent', title: 'The agent runs', tried: `Calling it on ${socket}`, look: () => lookAtAgent(patient, socket) },
    {
      id: 'versions',
      title: 'Agent, command line and Node fit together',
      tried: `heimdall ${version}, Node ${process.versions.node}`,
      look: () => lookAtVersions(agent?.status.version, version),
    },
    {
      id: 'leftovers',
      title: 'Nothing of a dead agent stands on the machine',
      tried: `The ledger ${ledgerFile(dataDir)}, and each place it names`,
      look: () => lookAtLeftovers(patient),
    },
  ];
}

/** Without an agent that answers: why. */
function lookAtAgent({ agent, machine }: Patient, socket: string): Finding {
  if (agent) return { verdict: 'ok', seen: `Process ${agent.status.pid}, ${agent.status.state}: ${agent.status.reason}` };
  if (socket.startsWith('\\\\')) return { verdict: 'failed', seen: 'No agent answers on its pipe.', culprit: 'heimdall', fix: startFix };
  const owner = ownerOf(dirname(socket));
  const self = process.getuid?.();
  if (owner !== undefined && self !== undefined && owner !== self) {
    return {
      verdict: 'failed',
      seen: `The folder of its socket belongs to another user (number ${owner}); an agent of theirs may run on this data folder.`,
      culprit: 'this machine',
      fix: `Run this as that user, or give your own agent another folder with --data-dir or HEIMDALL_DATA_DIR${machine.platform === 'linux' ? `; \`ls -ln ${dirname(socket)}\` shows the owner` : ''}.`,
    };
  }
  if (!existsSync(socket)) return { verdict: 'failed', seen: 'No agent runs on this data folder.', culprit: 'heimdall', fix: startFix };
  if (isLocked(socket)) {
    return {
      verdict: 'failed',
      seen: 'A process holds the lock of the agent, but does not answer: it hangs, is still starting, or is of a version that this one does not understand.',
      culprit: 'heimdall',
      fix: 'Wait a few seconds and try again; if it stays so, end the process and start the agent anew.',
    };
  }
  return {
    verdict: 'failed',
    seen: 'An agent died and left its control socket behind.',
    culprit: 'heimdall',
    fix: `Remove the dead socket (\`heimdall doctor --fix\` does it) and start the agent: \`heimdall run\`.`,
    repair: () => (removeDeadSocket(socket) === 'removed' ? 'The dead control socket was removed.' : 'The control socket was left alone.'),
  };
}

function ownerOf(folder: string): number | undefined {
  try {
    return lstatSync(folder).uid;
  } catch {
    return undefined; // no folder, no agent
  }
}

function isLocked(socket: string): boolean {
  const file = lockFileOf(socket);
  if (!existsSync(file)) return false;
  try {
    takeInstanceLock(file).release();
    return false;
  } catch (error) {
    return codeOf(error) === 'already-running';
  }
}

const leastNode = 26;

function lookAtVersions(agent: string | undefined, own: string): Finding {
  if (Number(process.versions.node.split('.')[0]) < leastNode) {
    return {
      verdict: 'failed',
      seen: `This runs on Node ${process.versions.node}.`,
      culprit: 'this machine',
      fix: `Heimdall needs Node ${leastNode}; the packaged app brings its own. Install it, or run the packaged \`heimdall\`.`,
    };
  }
  if (agent === undefined || agent === own)
    return { verdict: 'ok', seen: agent === undefined ? 'No agent to compare with.' : 'The agent is of the same version.' };
  return {
    verdict: 'warning',
    seen: `The agent that runs is ${agent}; this program is ${own}.`,
    culprit: 'heimdall',
    fix: 'Restart the agent, so that it runs the installed version: stop it in the tray or with Ctrl-C, then start it again.',
  };
}

async function lookAtLeftovers({ agent, setup, dataDir }: Patient): Promise<Finding> {
  const damage = damageOf(ledgerFile(dataDir));
  if (damage !== undefined) {
    return {
      verdict: 'failed',
      seen: `The ledger of changes is damaged in line ${damage}: what stands on the machine cannot be told from it.`,
      culprit: 'this machine',
      fix: `Keep a copy of ${ledgerFile(dataDir)}, take out line ${damage}, run \`heimdall restore\`, and put the places of that line back by hand.`,
    };
  }
  if (setup === undefined) return { verdict: 'ok', seen: 'Nothing was ever set up from this data folder.' };
  if (agent) return { verdict: 'ok', seen: 'The agent lives; what stands is its own.' };
  const standing = (await setup.look(surfaceGroups)).filter(({ life, state }) => life === 'live' && state === 'done');
  if (standing.length === 0) return { verdict: 'ok', seen: 'No place names a proxy that is not there.' };
  return {
    verdict: 'failed',
    seen: `No agent listens, yet these places still send traffic to it: ${standing.map(({ what }) => what).join('; ')}.`,
    culprit: 'heimdall',
    fix: 'Take them back with `heimdall restore --live` (`heimdall doctor --fix` does it), or start the agent.',
    repair: async () => {
      const restored = await setup.suspend();
      const failed = restored.find(({ outcome }) => outcome === 'failed');
      if (failed) throw new Error(`${failed.surface}: ${failed.detail ?? ''}`);
      return `Taken back: ${restored.map(({ surface }) => surface).join(', ')}.`;
    },
  };
}

/** The number of the first line that is no step; a last line without its end is one that was being written, which is no damage. */
function damageOf(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((text, index) => text !== '' && index < lines.length - 1 && !isStep(text));
  return at === -1 ? undefined : at + 1;
}

function isStep(text: string): boolean {
  try {
    const { phase, surface } = JSON.parse(text) as { readonly phase?: unknown; readonly surface?: unknown };
    return typeof surface === 'string' && (phase === 'intent' || phase === 'done' || phase === 'undone');
  } catch {
    return false;
  }
}

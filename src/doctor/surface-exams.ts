// The places that set-up changes: each trust store proved by a handshake, each setting compared with what is wanted, and ports that have moved.
import { interceptedHost } from './intercepted-host.ts';
import type { SetupChange, SurfaceGroup } from '../contract/setup.ts';
import { isDeadPort } from '../system/local-port.ts';
import type { SetupSurface } from '../system/surface.ts';
import type { Exam, Finding } from './exam.ts';
import { portOf } from './patient.ts';
import type { Patient, SetupCare } from './patient.ts';

const groups = ['trust', 'proxy', 'environment', 'tools', 'service', 'strict'] as const satisfies readonly SurfaceGroup[];

/** One exam for each place; reads the machine once. */
export async function surfaceExams(patient: Patient): Promise<readonly Exam[]> {
  const { setup } = patient;
  if (setup === undefined) return [];
  let changes: readonly SetupChange[];
  try {
    changes = await setup.look(groups);
  } catch {
    return []; // the ledger is damaged: `leftovers` says so
  }
  return changes.flatMap((change) => {
    const surface = setup.surfaces.find(({ id }) => id === change.id);
    if (surface === undefined) return [];
    const isTrust = change.group === 'trust';
    // Reading a store can take a second, so all are read once; after a repair this one is read anew.
    let known: SetupChange | undefined = change;
    const latest = async (): Promise<SetupChange | undefined> => {
      const current = known ?? (await setup.look([surface.group])).find(({ id }) => id === surface.id);
      known = undefined;
      return current;
    };
    return [
      {
        id: `surface-${surface.id}`,
        title: isTrust ? `Trusted in: ${surface.what}` : surface.what,
        tried: isTrust && surface.roots ? 'A handshake by the roots of this store and no others' : `Reading it; wanted: ${surface.to}`,
        look: async () => lookAtSurface(patient, setup, surface, await latest()),
      },
    ];
  });
}

async function lookAtSurface(patient: Patient, setup: SetupCare, surface: SetupSurface, change: SetupChange | undefined): Promise<Finding> {
  const isChosen = setup.chosen.has(surface.group);
  if (change === undefined) return { verdict: 'skipped', seen: 'The place is no longer there.' };
  const { state, reason } = change;
  const repair = isChosen && patient.agent ? { repair: () => applyAgain(setup, surface) } : {};
  const again = `Run \`heimdall setup --only ${surface.group}\`${isChosen ? ' (`heimdall doctor --fix` does it)' : ''}.`;
  if (state === 'done') {
    const stale = await staleness(patient, surface);
    if (stale !== undefined) return { verdict: 'failed', seen: stale, culprit: 'heimdall', fix: again, ...repair };
    return surface.group === 'trust' ? await proof(patient, surface, again, repair) : { verdict: 'ok', seen: `It is set: ${surface.to}.` };
  }
  if (state === 'unavailable')
    return { verdict: 'skipped', seen: reason ?? 'It cannot be changed here.', ...(isChosen ? { culprit: 'this machine' as const } : {}) };
  if (state === 'waiting') return { verdict: 'skipped', seen: 'It is chosen, and set as soon as the agent listens.', fix: 'Start the agent: `heimdall run`.' };
  if (!isChosen) return { verdict: 'skipped', seen: 'It was not chosen in the set-up.', fix: `To have it: \`heimdall setup --only ${surface.group}\`.` };
  if (state === 'changed-by-others') {
    return {
      verdict: 'warning',
      seen: reason ?? 'Another program has changed it since Heimdall set it.',
      culprit: 'program',
      fix: `Find out which program does it. ${again}`,
      ...repair,
    };
  }
  return { verdict: 'failed', seen: reason ?? 'It was chosen, but does not stand.', culprit: 'this machine', fix: again, ...repair };
}

async function applyAgain(setup: SetupCare, surface: SetupSurface): Promise<string> {
  const after = (await setup.apply([surface.group])).find(({ id }) => id === surface.id);
  if (after?.state !== 'done') throw new Error(after?.reason ?? 'it does not stand after it was set');
  return `Set anew: ${surface.what}.`;
}

/** A value that leads to a port where the agent is not. */
async function staleness(patient: Patient, surface: SetupSurface): Promise<string | undefined> {
  if (surface.life !== 'live' || surface.localPorts === undefined) return undefined;
  const port = portOf(patient);
  const others = surface.localPorts(await surface.read()).filter((each) => each !== port);
  for (const other of others) {
    if (await isDeadPort(other)) return `It sends traffic to port ${other}, where nothing listens${patient.agent ? `; the agent is on ${port}` : ''}.`;
  }
  return undefined;
}

async function proof({ agent, instruments }: Patient, surface: SetupSurface, again: string, repair: Pick<Finding, 'repair'>): Promise<Finding> {
  if (surface.roots === undefined) return { verdict: 'ok', seen: 'The certificate stands there.' };
  if (agent === undefined) return { verdict: 'ok', seen: 'The certificate stands there; the handshake needs a running agent.' };
  const proved = await instruments.proveTrust(await surface.roots(), { host: interceptedHost(), port: agent.status.proxy.port });
  if (proved.ok) return { verdict: 'ok', seen: 'The handshake came to its end: programs that use this store accept Heimdall.' };
  return {
    verdict: 'failed',
    seen: `The certificate stands there, but a handshake by this store fails: ${proved.reason}`,
    culprit: 'this machine',
    fix: `The store may hold an older certificate of Heimdall. ${again} Then restart the programs that use it.`,
    ...repair,
  };
}

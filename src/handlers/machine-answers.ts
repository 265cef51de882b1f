// Answers about the machine: settings, the steps of the set-up, diagnostics.
import type { MachineCare } from '../agent-machine.ts';
import { noteRecord } from '../audit/note.ts';
import { SettingsStore } from '../config/settings-store.ts';
import type { Handlers } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import type { SetupStep, SetupStepId, SurfaceGroup } from '../contract/setup.ts';
import { examiner } from './diagnostics.ts';
import type { Examination } from './diagnostics.ts';
import type { AnswerContext } from './handlers.ts';
import { supportBundle } from './support-bundle.ts';

type MachineMethod =
  | 'machine.look'
  | 'machine.apply'
  | 'machine.undo'
  | 'settings.get'
  | 'settings.set'
  | 'setup.get'
  | 'setup.apply'
  | 'setup.undo'
  | 'diagnostics.run'
  | 'diagnostics.bundle';

export function machineAnswers(context: AnswerContext): Pick<Handlers, MachineMethod> {
  const { board, loaded, machine, rooms } = context;
  const store = new SettingsStore(loaded);
  const note = (text: string): void => rooms().audit.append(noteRecord(text, Date.now()));
  const keyStep = (): SetupStep => stepOfKey(store);
  const machineStep = async (id: MachineStep): Promise<SetupStep> => stepOf(id, await machine.setup().look(groupsOf[id]));
  const steps = async (): Promise<SetupStep[]> => [await machineStep('trust'), await machineStep('capture'), keyStep()];
  const examine = examiner(context);
  const checks = async (asked: Examination) => {
    const found = await examine(asked, await steps());
    for (const { title, repaired } of found) if (repaired !== undefined) note(`Doctor: ${title}: ${repaired}`);
    return found;
  };

  return {
    'settings.get': () => store.view(),
    'settings.set': ({ key, value }) => {
      const view = store.set(key, value);
      note(`The setting ${key} was ${value === null || value === '' ? 'taken out of' : 'changed in'} ${view.userFile} over the control socket.`);
      return view;
    },
    'setup.get': steps,
    'setup.apply': async ({ step }) => {
      if (step === 'key') throw new AgentError('setup-failed', 'The gateway and its key are entered as settings: gateway.url and gateway.virtualKey.');
      const after = stepOf(step, await machine.apply(groupsOf[step]));
      const failed = after.changes.find(({ state }) => state === 'failed');
      if (failed && after.state === 'not-done') throw new AgentError('setup-failed', `${failed.what}: ${failed.reason ?? ''} Try again or skip this step.`);
      note(`Set-up: the step "${step}" was applied (${after.state}).`);
      return after;
    },
    'setup.undo': async ({ step }) => {
      const after = step === 'key' ? undoKey(store) : await undo(machine, step);
      note(`Set-up: the step "${step}" was undone.`);
      return after;
    },
    'machine.look': ({ groups }) => machine.setup().look(groups),
    'machine.apply': async ({ groups }) => {
      const after = await machine.apply(groups);
      note(`Set-up: ${groups.join(', ')} applied over the control socket (${after.filter(({ state }) => state === 'done').length} of ${after.length} places).`);
      return after;
    },
    'machine.undo': async ({ groups }) => {
      const restored = await machine.undo(groups);
      note(`Set-up: ${groups.join(', ')} undone over the control socket.`);
      return restored;
    },
    'diagnostics.run': checks,
    'diagnostics.bundle': async () => {
      const rows = rooms().audit.query({ limit: 200 });
      return supportBundle({
        status: board.status(),
        settings: store.view(),
        checks: await checks({ network: false, probeGateway: false, fix: false }),
        rows,
        home: loaded.machine.home,
        dataDir: loaded.dataDir,
      });
    },
  };
}

type MachineStep = Exclude<SetupStepId, 'key'>;
const groupsOf: Readonly<Record<MachineStep, readonly SurfaceGroup[]>> = { trust: ['trust'], capture: ['proxy', 'environment', 'tools'] };

function stepOf(id: MachineStep, changes: SetupStep['changes']): SetupStep {
  const done = changes.filter(({ state }) => state === 'done').length;
  const possible = changes.filter(({ state }) => state !== 'unavailable').length;
  const state = possible === 0 ? 'unavailable' : done === 0 ? 'not-done' : done === possible ? 'done' : 'partly';
  return { id, state, changes, ...(state === 'unavailable' ? { reason: changes[0]?.reason } : {}) };
}

async function undo(machine: MachineCare, step: MachineStep): Promise<SetupStep> {
  const failed = (await machine.undo(groupsOf[step])).find(({ outcome }) => outcome === 'failed');
  if (failed) throw new AgentError('setup-failed', `It could not be undone: ${failed.detail ?? failed.surface}. \`heimdall restore\` tries again.`);
  return stepOf(step, await machine.setup().look(groupsOf[step]));
}

function stepOfKey(store: SettingsStore): SetupStep {
  const { entries, userFile } = store.view();
  const [url, key] = (['gateway.url', 'gateway.virtualKey'] as const).map((name) => entries.find((entry) => entry.key === name));
  const id: SetupStepId = 'key';
  const has = (entry: typeof url): boolean => entry?.value !== null && entry?.value !== undefined;
  const change = (entry: typeof url, what: string, to: string): SetupStep['changes'][number] => {
    if (entry?.lockedBy !== undefined) return { what, to, state: has(entry) ? 'done' : 'unavailable', reason: entry.lockedBy };
    return { what, to, state: has(entry) ? 'done' : 'not-done' };
  };
  const changes = [
    change(url, `Settings file ${userFile}`, 'the address of your gateway'),
    change(key, 'A file only you can read, in the data folder', 'the virtual key'),
  ];
  const state = has(url) ? (has(key) ? 'done' : 'partly') : changes[0]?.state === 'unavailable' ? 'unavailable' : 'not-done';
  return { id, state, changes, ...(state === 'unavailable' ? { reason: url?.lockedBy } : {}) };
}

function undoKey(store: SettingsStore): SetupStep {
  const locked = store.view().entries.find(({ key }) => key === 'gateway.url')?.lockedBy;
  if (locked !== undefined) throw new AgentError('not-allowed', `The gateway cannot be taken out here. ${locked}`);
  if (stepOfKey(store).state !== 'not-done') {
    store.set('gateway.virtualKey', null);
    store.set('gateway.url', null);
  }
  return stepOfKey(store);
}

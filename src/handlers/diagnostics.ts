// Has the doctor examine the agent in its own process: the patient as the rooms know it.
import type { DiagnosticCheck } from '../contract/diagnostics.ts';
import type { SetupStep } from '../contract/setup.ts';
import { version } from '../contract/version.ts';
import { examineSelf } from '../doctor/doctor.ts';
import { interfaceNames, liveInstruments } from '../doctor/instruments.ts';
import type { SetupCare } from '../doctor/patient.ts';
import type { MachineCare } from '../agent-machine.ts';
import type { AnswerContext } from './handlers.ts';

export interface Examination {
  readonly network: boolean;
  readonly probeGateway: boolean;
  readonly fix: boolean;
}

/** Made once, at the start of the agent: the interfaces of that moment are what a VPN is told by. */
export function examiner(context: AnswerContext): (asked: Examination, steps: readonly SetupStep[]) => Promise<readonly DiagnosticCheck[]> {
  const interfacesAtStart = interfaceNames();
  return async (asked, steps) => {
    const { board, loaded, machine } = context;
    const status = board.status();
    const ca = context.rooms().authority.info;
    const instruments = liveInstruments({
      machine: loaded.machine,
      loaded,
      ownPort: () => board.status().proxy.port,
      ownCa: ca.pem,
      systemProxy: () => machine.systemProxy(),
    });
    const patient = {
      machine: loaded.machine,
      dataDir: loaded.dataDir,
      version,
      loaded,
      settingsFault: undefined,
      agent: { status, ca },
      setup: careOf(machine),
      interfacesAtStart,
      instruments,
    };
    return await examineSelf(patient, { ...asked, steps });
  };
}

/** Changes go through the agent's own care of the machine, in its order and with its watchdog. */
function careOf(machine: MachineCare): SetupCare {
  const setup = machine.setup();
  return {
    surfaces: setup.surfaces,
    chosen: setup.chosen,
    look: (groups) => setup.look(groups),
    apply: (groups) => machine.apply(groups),
    suspend: () => setup.suspend(),
  };
}

// The whole examination: which checks there are, in the order in which they are read.
import type { DiagnosticCheck } from '../contract/diagnostics.ts';
import type { SetupStep } from '../contract/setup.ts';
import { agentExams } from './agent-exams.ts';
import { besideExams } from './beside-exams.ts';
import { caExams } from './ca-exams.ts';
import { configExams } from './config-exams.ts';
import { makeRound } from './exam.ts';
import type { Exam, Finding, RoundOptions } from './exam.ts';
import { gatewayExams } from './gateway-exams.ts';
import { networkExams } from './network-exams.ts';
import type { Patient, Scope } from './patient.ts';
import { portExams } from './port-exams.ts';
import { shellExams } from './shell-exams.ts';
import { storageExams } from './storage-exams.ts';
import { surfaceExams } from './surface-exams.ts';
import { upstreamExams } from './upstream-exams.ts';

export interface ExaminationOptions extends RoundOptions, Scope {
  /** The steps of the set-up as a window shows them. */
  readonly steps?: readonly SetupStep[] | undefined;
}

/** Everything there is to examine. */
export async function examine(patient: Patient, options: ExaminationOptions): Promise<readonly DiagnosticCheck[]> {
  try {
    const exams = [...ownExams(patient), ...(options.steps ?? []).map(stepExam), ...(await surroundings(patient, options)), ...shellExams(patient)];
    return await makeRound(exams, options);
  } finally {
    patient.instruments.close();
  }
}

/** What the agent examines in its own process: all but the shell of whoever asks. */
export async function examineSelf(patient: Patient, options: ExaminationOptions): Promise<readonly DiagnosticCheck[]> {
  try {
    return await makeRound([...ownExams(patient), ...(options.steps ?? []).map(stepExam), ...(await surroundings(patient, options))], options);
  } finally {
    patient.instruments.close();
  }
}

/** What only the asking program can tell: whether the agent answers, and the variables of its shell. */
export async function examineAround(patient: Patient, options: RoundOptions): Promise<readonly DiagnosticCheck[]> {
  return await makeRound([...agentExams(patient), ...shellExams(patient)], options);
}

function ownExams(patient: Patient): readonly Exam[] {
  return [...agentExams(patient), ...portExams(patient), ...caExams(patient), ...configExams(patient), ...storageExams(patient)];
}

async function surroundings(patient: Patient, scope: Scope): Promise<readonly Exam[]> {
  return [
    ...(await surfaceExams(patient)),
    ...networkExams(patient, scope),
    ...besideExams(patient),
    ...gatewayExams(patient, scope),
    ...(scope.network ? upstreamExams(patient) : []),
  ];
}

const stepTitles: Readonly<Record<SetupStep['id'], string>> = {
  trust: 'Programs trust the certificate',
  capture: 'Programs find the proxy',
  key: 'A gateway is set',
};

function stepExam(step: SetupStep): Exam {
  const { id, changes } = step;
  return { id: `setup-${id}`, title: stepTitles[id], tried: `The places of the set-up, ${changes.length} in all`, look: () => lookAtStep(step) };
}

/** The places themselves have checks of their own: here it is the sum that counts. */
function lookAtStep({ state, reason, changes }: SetupStep): Finding {
  if (state === 'done') return { verdict: 'ok', seen: 'Set up.' };
  const fix = 'Open the set-up in Settings, or run `heimdall setup`.';
  if (state === 'unavailable') return { verdict: 'skipped', seen: reason ?? 'None of them can be set here.', fix };
  const possible = changes.filter((change) => change.state !== 'unavailable');
  const done = possible.filter((change) => change.state === 'done').length;
  const troubles = possible.filter((change) => change.state === 'failed' || change.state === 'changed-by-others');
  const told = troubles.map(({ what, reason: why }) => ` ${what}: ${why ?? 'changed since'}.`).join('');
  return {
    verdict: 'warning',
    seen: `${done === 0 ? 'None' : done} of ${possible.length} places ${done === 1 ? 'is' : 'are'} set.${told}`,
    culprit: 'this machine',
    fix,
  };
}

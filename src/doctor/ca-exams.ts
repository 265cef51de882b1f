// The certificate authority: its age, the names it is bound to, its key's permissions; and the permissions of the data folder.
import { X509Certificate } from 'node:crypto';
import { accessSync, chmodSync, constants, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nameConstraintsExtension } from '../ca/certificate.ts';
import { checkedPatterns } from '../ca/name-constraints.ts';
import { interceptedHosts } from '../catalog/match.ts';
import { messageOf } from '../contract/errors.ts';
import type { Exam, Finding } from './exam.ts';
import type { Patient } from './patient.ts';

const day = 86_400_000;
/** The agent renews it at a start within this time before its end. */
const renewalDays = 30;

export function caExams(patient: Patient): readonly Exam[] {
  const { dataDir } = patient;
  const file = join(dataDir, 'ca.pem');
  return [
    { id: 'data-folder', title: 'The data folder belongs to this user alone', tried: dataDir, look: () => lookAtFolder(patient) },
    { id: 'ca', title: 'The certificate authority is valid', tried: file, look: () => lookAtCa(patient, file) },
    { id: 'ca-key', title: 'The key of the certificate authority is closed to others', tried: join(dataDir, 'ca-key.pem'), look: () => lookAtKey(patient) },
  ];
}

function lookAtFolder({ dataDir, machine }: Patient): Finding {
  const stat = statSync(dataDir, { throwIfNoEntry: false });
  if (stat === undefined)
    return { verdict: 'skipped', seen: 'There is no such folder: no agent ever ran on it.', fix: 'Start the agent once: `heimdall run`.' };
  const own = `Give it back to this user: \`chown -R "$(id -u)" ${dataDir}\` and \`chmod 700 ${dataDir}\`; or choose another with HEIMDALL_DATA_DIR.`;
  if (!stat.isDirectory()) return { verdict: 'failed', seen: 'It is a file, not a folder.', culprit: 'this machine', fix: `Move the file ${dataDir} away.` };
  const self = process.getuid?.();
  if (self !== undefined && self !== 0 && stat.uid !== self)
    return { verdict: 'failed', seen: `It belongs to another user (number ${stat.uid}).`, culprit: 'this machine', fix: own };
  // Asked of the mode, not of the system: for root everything is readable.
  const mode = stat.mode & 0o777;
  if (machine.platform !== 'win32' && (mode & 0o700) !== 0o700) {
    const repair = (): string => (chmodSync(dataDir, 0o700), `The mode of ${dataDir} is 700 now.`);
    return { verdict: 'failed', seen: `Its mode is ${mode.toString(8)}: the agent cannot read or write it.`, culprit: 'this machine', fix: own, repair };
  }
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return { verdict: 'failed', seen: messageOf(error), culprit: 'this machine', fix: own };
  }
  if (machine.platform !== 'win32' && (mode & 0o077) !== 0) {
    const repair = (): string => (chmodSync(dataDir, 0o700), `The mode of ${dataDir} is 700 now.`);
    return {
      verdict: 'warning',
      seen: `Other users can look into it (mode ${mode.toString(8)}).`,
      culprit: 'this machine',
      fix: `Close it: \`chmod 700 ${dataDir}\`.`,
      repair,
    };
  }
  return { verdict: 'ok', seen: 'Only this user can read and write it.' };
}

function lookAtCa({ instruments, agent }: Patient, file: string): Finding {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(agent?.ca.pem ?? readFileSync(file));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { verdict: 'skipped', seen: 'There is none yet; the agent makes it at its first start.' };
    return {
      verdict: 'failed',
      seen: messageOf(error),
      culprit: 'this machine',
      fix: `Move ${file} away and restart the agent: it writes it anew from its key.`,
    };
  }
  const now = instruments.now();
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  if (now < from) {
    return {
      verdict: 'failed',
      seen: `It is valid from ${day10(from)} on; the clock of this computer says ${day10(now)}.`,
      culprit: 'this machine',
      fix: 'Set the clock of this computer.',
    };
  }
  const renew = 'Restart the agent: it makes a new CA. Then run `heimdall setup --only trust`, and restart the programs that trusted the old one.';
  if (now >= to) return { verdict: 'failed', seen: `It expired on ${day10(to)}.`, culprit: 'heimdall', fix: renew };
  const left = Math.floor((to - now) / day);
  if (!certificate.raw.includes(nameConstraintsExtension(checkedPatterns(interceptedHosts())))) {
    return { verdict: 'warning', seen: 'It is bound to another list of hosts than this version intercepts.', culprit: 'heimdall', fix: renew };
  }
  if (left < renewalDays) return { verdict: 'warning', seen: `It expires in ${left} days.`, culprit: 'heimdall', fix: renew };
  return { verdict: 'ok', seen: `Valid for another ${left} days, for ${interceptedHosts().length} names and no other.` };
}

const day10 = (at: number): string => new Date(at).toISOString().slice(0, 10);

function lookAtKey({ dataDir, machine }: Patient): Finding {
  const file = join(dataDir, 'ca-key.pem');
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return { verdict: 'skipped', seen: 'There is none yet.' };
  if (machine.platform === 'win32') return { verdict: 'ok', seen: "The access list of the user's profile protects it." };
  const mode = stat.mode & 0o777;
  if ((mode & 0o077) === 0) return { verdict: 'ok', seen: `Mode ${mode.toString(8)}.` };
  return {
    verdict: 'failed',
    seen: `Other users can read it (mode ${mode.toString(8)}): whoever has it can speak for AI hosts on this computer.`,
    culprit: 'this machine',
    fix: `Close it: \`chmod 600 ${file}\`. If others use this computer, move it away and restart the agent, which makes a new CA.`,
    repair: () => (chmodSync(file, 0o600), `The mode of ${file} is 600 now.`),
  };
}

// The agent's checks on itself and its surroundings: each says what was tried, what was seen, what to do.
import { statfs } from 'node:fs/promises';
import { request } from 'node:http';
import type { CaInfo } from '../contract/control.ts';
import type { DiagnosticCheck } from '../contract/diagnostics.ts';
import { messageOf } from '../contract/errors.ts';
import type { SetupStep } from '../contract/setup.ts';
import type { AgentStatus, TargetStatus } from '../contract/status.ts';

export interface CheckSubjects {
  readonly status: AgentStatus;
  readonly ca: CaInfo;
  readonly dataDir: string;
  readonly steps: readonly SetupStep[];
}

const day = 86_400_000;
/** Less free space than this is worth a warning: a busy day's log and its write-ahead log, bytes. */
const scarce = 536_870_912;

/** Runs all checks, each on its own: one that breaks is a failed check, not a failed run. */
export async function runChecks(subjects: CheckSubjects): Promise<readonly DiagnosticCheck[]> {
  const checks: readonly (readonly [id: string, title: string, () => DiagnosticCheck[] | Promise<DiagnosticCheck[]>])[] = [
    ['listener', 'The proxy answers', () => checkListener(subjects)],
    ['ca', 'The certificate authority is valid', () => [checkCa(subjects.ca)]],
    ['policy', 'The policy in force is the one in the file', () => [checkPolicy(subjects.status)]],
    ['targets', 'Targets answer', () => subjects.status.targets.map(checkTarget)],
    ['audit', 'The audit log is written', () => [checkAudit(subjects.status)]],
    ['disk', 'There is room on the disk', async () => [await checkDisk(subjects.dataDir)]],
    ['setup', 'The machine is set up', () => subjects.steps.map(checkStep)],
  ];
  const results = await Promise.all(
    checks.map(async ([id, title, check]) => {
      try {
        return await check();
      } catch (error) {
        return [{ id, title, verdict: 'failed' as const, tried: 'The check itself.', seen: messageOf(error), fix: 'Save the support bundle and report this.' }];
      }
    }),
  );
  return results.flat();
}

async function checkListener({ status }: CheckSubjects): Promise<DiagnosticCheck[]> {
  const { port, addresses } = status.proxy;
  return await Promise.all(
    addresses.map(async (address): Promise<DiagnosticCheck> => {
      const host = address.includes(':') ? `[${address}]` : address;
      const base = { id: `listener-${address}`, title: `The proxy answers on ${host}:${port}`, tried: `GET http://${host}:${port}/proxy.pac` };
      try {
        const { code, text } = await fetchLocal(address, port);
        const isPac = code === 200 && text.includes('FindProxyForURL');
        return isPac
          ? { ...base, verdict: 'ok', seen: `The PAC file, ${text.length} characters; it ends in DIRECT.` }
          : {
              ...base,
              verdict: 'failed',
              seen: `Status ${code}, no PAC file.`,
              fix: 'Another program may hold the port. Restart the agent, or choose another port.',
            };
      } catch (error) {
        return { ...base, verdict: 'failed', seen: messageOf(error), fix: 'A local firewall or another program may stand in between. Restart the agent.' };
      }
    }),
  );
}

function fetchLocal(host: string, port: number): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port, path: '/proxy.pac', agent: false, timeout: 3_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, text }));
    });
    call.on('timeout', () => call.destroy(new Error('No answer within three seconds.')));
    call.on('error', reject);
    call.end();
  });
}

function checkCa({ notBefore, notAfter, fingerprint, permitted }: CaInfo): DiagnosticCheck {
  const left = Math.floor((notAfter - Date.now()) / day);
  const base = {
    id: 'ca',
    title: 'The certificate authority is valid',
    tried: `Certificate ${fingerprint.slice(0, 23)}…, limited to ${permitted.length} names.`,
  };
  if (Date.now() < notBefore) return { ...base, verdict: 'failed', seen: 'It is not valid yet: the clock of this computer is wrong.', fix: 'Set the clock.' };
  return { ...base, verdict: 'ok', seen: `Valid for another ${left} days.` };
}

function checkPolicy({ policy, warnings }: AgentStatus): DiagnosticCheck {
  const fault = warnings.find(({ code }) => code === 'policy-last-good' || code === 'policy-error');
  const base = { id: 'policy', title: 'The policy in force is the one in the file', tried: `${policy.source}, revision ${policy.revision}.` };
  return fault === undefined
    ? { ...base, verdict: 'ok', seen: `${policy.rules} rules in force.` }
    : { ...base, verdict: 'failed', seen: fault.title, fix: fault.text };
}

function checkTarget({ id, kind, state, detail, latencyMs }: TargetStatus): DiagnosticCheck {
  const base = { id: `target-${id}`, title: `Target ${id} answers`, tried: `The ${kind}'s latest calls.` };
  if (kind === 'simulator') {
    const fix = 'Answers are made up on this device. Set a gateway in the settings to reach real models.';
    return { ...base, verdict: 'warning', seen: 'It is the built-in simulator.', fix };
  }
  if (state === 'down') return { ...base, verdict: 'failed', seen: detail, fix: 'Check the network, the address of the gateway and its certificate.' };
  if (state === 'unknown') return { ...base, verdict: 'skipped', seen: 'It was not used yet; the first call tells.' };
  return { ...base, verdict: 'ok', seen: latencyMs === undefined ? 'It answered its last call.' : `It answers after ${Math.round(latencyMs)} ms on average.` };
}

function checkAudit({ audit, warnings }: AgentStatus): DiagnosticCheck {
  const trouble = warnings.find(({ code }) => code.startsWith('audit-'));
  const base = { id: 'audit', title: 'The audit log is written', tried: audit.file };
  if (trouble) return { ...base, verdict: 'failed', seen: trouble.title, fix: trouble.text };
  return { ...base, verdict: 'ok', seen: `${audit.rows} rows, ${audit.pending} waiting. Activity verifies the chain.` };
}

async function checkDisk(dataDir: string): Promise<DiagnosticCheck> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const base = { id: 'disk', title: 'There is room on the disk', tried: dataDir, seen: `${Math.round(free / 1_048_576)} MiB free.` };
  return free > scarce
    ? { ...base, verdict: 'ok' }
    : { ...base, verdict: 'warning', fix: 'Free some space: without it, rows of the audit log wait in memory.' };
}

const stepTitles: Readonly<Record<SetupStep['id'], string>> = {
  trust: 'Programs trust the certificate',
  capture: 'Programs find the proxy',
  key: 'A gateway is set',
};

function checkStep({ id, state, reason, changes }: SetupStep): DiagnosticCheck {
  const base = { id: `setup-${id}`, title: stepTitles[id], tried: changes.map(({ what }) => what).join('; ') };
  if (state === 'done') return { ...base, verdict: 'ok', seen: 'Set up.' };
  const open = changes.filter((change) => change.state !== 'done').map((change) => `${change.what}: ${change.reason ?? change.state.replaceAll('-', ' ')}`);
  const verdict = state === 'unavailable' ? 'skipped' : 'warning';
  return { ...base, verdict, seen: reason ?? open.join('; '), fix: 'Open the set-up in Settings.' };
}

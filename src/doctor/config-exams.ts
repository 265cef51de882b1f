// What the agent was told: settings, the administrator's settings, policy, targets.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { heimdallPaths } from '../config/paths.ts';
import { messageOf } from '../contract/errors.ts';
import type { AgentStatus, TargetStatus } from '../contract/status.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Exam, Finding } from './exam.ts';
import type { Patient } from './patient.ts';

export function configExams(patient: Patient): readonly Exam[] {
  const { machine, loaded, agent } = patient;
  const { managedFiles, userFiles } = heimdallPaths(machine);
  return [
    {
      id: 'settings',
      title: 'The settings are understood',
      tried: loaded?.sources.map(({ path }) => path).join(', ') || userFiles.join(', '),
      look: () => lookAtSettings(patient),
    },
    { id: 'settings-managed', title: "The administrator's settings", tried: managedFiles.join(', '), look: () => lookAtManaged(patient) },
    {
      id: 'policy',
      title: 'The policy in force is the one in the file',
      tried: loaded?.settings.policyFile ?? 'built-in default',
      look: () => lookAtPolicy(patient),
    },
    ...(agent ? agent.status.targets.map((target) => targetExam(target, agent.status)) : []),
  ];
}

function lookAtSettings({ loaded, settingsFault }: Patient): Finding {
  if (loaded === undefined) {
    const fix = 'Correct the file at the place the message names, then start the agent again. `schema/settings.schema.json` lists every setting.';
    return { verdict: 'failed', seen: settingsFault ?? 'They cannot be read.', culprit: 'this machine', fix };
  }
  const concern =
    loaded.concerns.find(({ code }) => code === 'secret-missing' || code === 'secret-exposed' || code === 'gateway-insecure') ?? loaded.concerns[0];
  if (concern === undefined)
    return { verdict: 'ok', seen: loaded.sources.length === 0 ? 'No file: defaults and environment.' : `${loaded.sources.length} file(s) read.` };
  const [seen, fix] = concernTexts[concern.code];
  return { verdict: concern.code === 'secret-missing' ? 'failed' : 'warning', seen: `${seen}: ${concern.detail}.`, culprit: 'this machine', fix };
}

type ConcernCode = NonNullable<Patient['loaded']>['concerns'][number]['code'];
const concernTexts: Readonly<Record<ConcernCode, readonly [seen: string, fix: string]>> = {
  'secret-missing': ["A gateway's virtual key could not be found", 'Set it where the settings point, and restart the agent.'],
  'secret-exposed': ['Other users can read a file that holds a secret', 'Set its mode to 0600.'],
  'gateway-insecure': ['A gateway on another machine is called without encryption', 'Use https:// in its address.'],
  'settings-overridden': ['A stronger layer sets the same value', 'Change it there, or take the weaker one away.'],
  'key-without-gateway': ['A virtual key is set, but no gateway', 'Name the gateway under targets in the settings, or in HEIMDALL_GATEWAY_URL.'],
};

function lookAtManaged({ machine, loaded }: Patient): Finding {
  const { managedFiles } = heimdallPaths(machine);
  const file = loaded?.managedFile ?? managedFiles.find((each) => existsSync(each));
  if (file === undefined) return { verdict: 'ok', seen: 'There are none: the user decides.' };
  return { verdict: 'ok', seen: `${file} is in force; what it sets cannot be changed by the user.` };
}

function lookAtPolicy({ loaded, agent, dataDir }: Patient): Finding {
  const fault = agent?.status.warnings.find(({ code }) => code === 'policy-last-good' || code === 'policy-error');
  if (fault)
    return {
      verdict: 'failed',
      seen: `${fault.title}: ${fault.text}`,
      culprit: 'this machine',
      fix: 'Correct the file; `heimdall policy check FILE` tells what is wrong.',
    };
  if (agent)
    return { verdict: 'ok', seen: `${agent.status.policy.source}, revision ${agent.status.policy.revision}: ${agent.status.policy.rules} rules in force.` };
  const file = loaded?.settings.policyFile;
  if (file === undefined) return { verdict: 'ok', seen: 'The built-in default.' };
  try {
    return { verdict: 'ok', seen: `${parsePolicy(readFileSync(file, 'utf8'), file).rules.length} rules, all understood.` };
  } catch (error) {
    const rest = existsSync(join(dataDir, 'policy.last-good.json'))
      ? 'The agent starts with the last good copy.'
      : 'There is no earlier good copy, so the agent does not start.';
    return {
      verdict: 'failed',
      seen: `${messageOf(error)}. ${rest}`,
      culprit: 'this machine',
      fix: `Correct the file; \`heimdall policy check ${file}\` tells what is wrong.`,
    };
  }
}

function targetExam(target: TargetStatus, { warnings }: AgentStatus): Exam {
  const rejected =
    target.kind === 'gateway'
      ? warnings.find(({ code, text }) => (code === 'gateway-rejected' || code === 'gateway-limit') && text.includes(`${target.id}: `))
      : undefined;
  return {
    id: `target-${target.id}`,
    title: `Target ${target.id} answers`,
    tried: `The ${target.kind}'s latest calls.`,
    look: () =>
      rejected === undefined
        ? lookAtTarget(target)
        : {
            verdict: 'failed',
            seen: rejected.text,
            culprit: 'gateway',
            fix: 'Check the virtual key, its budget and its rate limit with whoever runs the gateway.',
          },
  };
}

function lookAtTarget({ kind, state, detail, latencyMs }: TargetStatus): Finding {
  if (kind === 'simulator') {
    return {
      verdict: 'warning',
      seen: 'It is the built-in simulator: answers are made up on this device.',
      culprit: 'this machine',
      fix: 'Set a gateway in the settings to reach real models.',
    };
  }
  if (state === 'down')
    return {
      verdict: 'failed',
      seen: detail,
      culprit: kind === 'gateway' ? 'gateway' : 'network',
      fix: `Check the network, the address of the ${kind} and its certificate.${kind === 'provider' ? ' `heimdall targets probe` asks it, `heimdall keys list` shows its keys.' : ''}`,
    };
  if (state === 'unknown') return { verdict: 'skipped', seen: 'It was not used yet; the first call tells.' };
  return { verdict: 'ok', seen: latencyMs === undefined ? 'It answered its last call.' : `It answers after ${Math.round(latencyMs)} ms on average.` };
}

// All commands, in the order of the help, and what their groups are.
import { apps, appsApprove, appsDeny } from './apps.ts';
import { auditExport } from './audit-export.ts';
import { auditList } from './audit-list.ts';
import { auditShow } from './audit-show.ts';
import { auditTail } from './audit-tail.ts';
import { auditVerify } from './audit-verify.ts';
import { budgets } from './budgets.ts';
import { caExport, caShow } from './ca.ts';
import type { CommandSpec } from './command.ts';
import { doctor } from './doctor.ts';
import { env } from './env.ts';
import { explain } from './explain.ts';
import { keysAdd, keysList, keysProviders, keysRemove } from './keys.ts';
import { policyCheck, policySchema } from './policy.ts';
import { restore } from './restore.ts';
import { run } from './run.ts';
import { setup } from './setup.ts';
import { status } from './status.ts';
import { keysCreate, keysRevoke } from './virtual-keys.ts';
import { targets, targetsDrain, targetsList, targetsProbe, targetsWeigh } from './targets.ts';
import { targetsExplain } from './targets-explain.ts';
import { watchdog } from './watchdog.ts';

export const commands: readonly CommandSpec[] = [
  run,
  status,
  auditList,
  auditShow,
  auditTail,
  auditVerify,
  auditExport,
  caShow,
  caExport,
  policyCheck,
  policySchema,
  keysAdd,
  keysList,
  keysRemove,
  keysProviders,
  keysCreate,
  keysRevoke,
  setup,
  env,
  apps,
  appsApprove,
  appsDeny,
  budgets,
  targets,
  targetsList,
  targetsExplain,
  targetsDrain,
  targetsProbe,
  targetsWeigh,
  doctor,
  explain,
  restore,
  watchdog,
];

export const groups: Readonly<Record<string, string>> = {
  audit: 'read, follow, verify and export the audit log',
  ca: 'show or export the certificate of this installation',
  keys: 'store the keys of providers, and make virtual keys for programs and people',
  policy: 'check policy files, and print their schema',
};

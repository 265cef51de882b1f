// The exit codes of the command line, in one table; scripts may rely on them.
import { codeOf } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';

export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  failure: { code: 1, meaning: 'it did not work; the message says why' },
  usage: { code: 2, meaning: 'the command line was not understood' },
  noAgent: { code: 3, meaning: 'no agent is running on this data folder' },
  notVerified: { code: 4, meaning: 'the audit chain is broken, or the policy file is not valid' },
  busy: { code: 5, meaning: 'the port is taken, or another agent uses the data folder' },
  fault: { code: 70, meaning: 'a fault in Heimdall stopped it; its log has the details' },
  settings: { code: 78, meaning: 'a settings file or variable is not valid' },
  forced: { code: 130, meaning: 'stopped by force with a second Ctrl-C' },
} as const;

export type ExitName = keyof typeof exitCodes;

const byError: Partial<Record<ErrorCode, ExitName>> = {
  'settings-invalid': 'settings',
  'policy-invalid': 'notVerified',
  'port-busy': 'busy',
  'already-running': 'busy',
  'control-unreachable': 'noAgent',
};

/** The exit that belongs to an error that reached the top. */
export function exitOf(error: unknown): ExitName {
  return byError[codeOf(error)] ?? 'failure';
}

// Words that several views share: buttons, states, decisions, what to say when something fails.
import { counted } from './plural.ts';

export const common = {
  productName: 'Heimdall',
  skipToContent: 'Skip to content',
  mainNavigation: 'Views',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  retry: 'Try again',
  reload: 'Reload',
  undo: 'Undo',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Could not copy',
  loading: 'Loading…',
  working: 'Working…',
  more: 'More',
  none: 'None',
  unknown: 'Unknown',
  notAvailable: '—',
  errorTitle: 'This could not be loaded',
  actionFailed: 'That did not work',
  errorCode: (code: string) => `Error code: ${code}`,
  timedOut: (seconds: number) =>
    `No answer came within ${counted(seconds, 'second', 'seconds')}. The agent may be busy or stopped. Try again; if it stays so, look at Diagnostics.`,
  calls: (count: number) => counted(count, 'call', 'calls'),
  rows: (count: number) => counted(count, 'row', 'rows'),
} as const;

export const states = {
  off: 'Off',
  starting: 'Starting',
  protected: 'Protected',
  degraded: 'Degraded',
  blocked: 'Blocked',
  paused: 'Paused',
} as const;

/** The link to the agent, where it is not simply there. */
export const links = {
  connecting: 'Connecting',
  attached: 'Connected',
  started: 'Connected',
  restarting: 'Restarting',
  'version-mismatch': 'Wrong version',
  failed: 'Not running',
} as const;

export const decisions = { allow: 'Allowed', block: 'Blocked', redact: 'Redacted' } as const;

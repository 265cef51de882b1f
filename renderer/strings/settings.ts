// The words of the Settings view.
import type { EditableSetting } from '../../src/contract/settings-view.ts';
import type { SettingsLayer } from '../../src/contract/settings.ts';
import type { SetupStep } from '../../src/contract/setup.ts';
import type { Preferences } from '../../src/contract/shell.ts';
import { counted } from './plural.ts';

const names: Readonly<Record<EditableSetting, { readonly label: string; readonly hint: string }>> = {
  'gateway.url': { label: 'Gateway', hint: 'Where AI calls are sent. Without one, the built-in simulator answers.' },
  'gateway.virtualKey': { label: 'Virtual key', hint: 'Attached to every call to the gateway. Kept in a file only you can read; it is never shown again.' },
  port: { label: 'Port', hint: 'On this computer only. 0 picks a free one.' },
  portFallback: { label: 'Use another port when it is taken', hint: 'Otherwise the agent does not start while another program holds the port.' },
  'audit.retentionDays': { label: 'Days in the audit log', hint: 'Older rows are removed behind a signed statement.' },
  'log.level': { label: 'Detail of the log file', hint: 'Prompts and secrets are left out at every level.' },
  policyFile: { label: 'Policy file', hint: 'Empty: the built-in policy, which masks credentials.' },
};

const layers: Readonly<Record<SettingsLayer, string>> = {
  managed: 'Managed',
  'command-line': 'Command line',
  user: 'Yours',
  environment: 'Environment',
  default: 'Default',
};

const themes: Readonly<Record<Preferences['theme'], string>> = { system: 'As the system', light: 'Light', dark: 'Dark', contrast: 'High contrast' };
const notifications: Readonly<Record<Preferences['notifications'], string>> = { all: 'Blocks and redactions', blocks: 'Blocks only', none: 'None' };

const machineStates: Readonly<Record<SetupStep['state'], string>> = {
  done: 'Set up',
  partly: 'Partly set up',
  'not-done': 'Not set up',
  unavailable: 'Not possible here',
};

export const settings = {
  title: 'Settings',
  subtitle: 'How Heimdall behaves on this machine',
  names,
  layers,
  window: 'This window',
  theme: 'Appearance',
  themes,
  notifications: 'Notifications',
  notificationChoices: notifications,
  openAtLogin: 'Start when I log in',
  openAtLoginHint: 'In the tray, without opening this window.',
  setup: 'This computer',
  setupText: 'What Heimdall has changed on this computer, as it is found now.',
  openSetup: 'Open the set-up',
  machine: {
    states: machineStates,
    look: (state: SetupStep['state']) => (state === 'not-done' || state === 'partly' ? 'Set up' : 'Look'),
    question: (step: string, count: number) => `Undo “${step}” in ${counted(count, 'place', 'places')}?`,
    kind: (group: string, count: number) => `${group}: ${counted(count, 'place', 'places')}`,
    consequence: {
      trust: 'The certificate is taken out of these stores. Everything else in them stays.',
      capture: 'Programs go straight to their AI hosts again, past Heimdall and its policy, once they are started anew. What was there before is put back.',
      key: 'The address of the gateway and the key are taken out.',
    } satisfies Readonly<Record<SetupStep['id'], string>>,
    keepsOthers: (count: number) => `${counted(count, 'place was', 'places were')} changed by others meanwhile: what they wrote is kept.`,
    trustWhileCapturing:
      'Capture is still set up. Programs that are sent to Heimdall and do not trust its certificate fail at their AI hosts: undo Capture first.',
    confirm: 'Undo, and put back what was there',
  },
  agent: 'Agent',
  agentHint: (file: string) => `Written to ${file}. Comments in it stay.`,
  restartNeeded: 'What you changed takes effect when the agent starts anew.',
  restart: 'Restart the agent',
  change: 'Change',
  set: 'Set',
  isSet: 'Set',
  notSet: 'Not set',
  remove: 'Remove',
  lockedTitle: 'Locked',
  on: 'On',
  off: 'Off',
} as const;

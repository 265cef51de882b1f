// The words of the first run: three steps, what each changes, how each is undone.
import type { SetupChange, SetupStepId, SurfaceGroup } from '../../src/contract/setup.ts';
import { counted } from './plural.ts';

const steps: Readonly<Record<SetupStepId, { readonly title: string; readonly why: string; readonly apply: string }>> = {
  trust: {
    title: 'Trust',
    why: 'Heimdall opens calls to AI hosts to check them. Programs accept that only from a certificate they trust. This one was made on this computer and is valid for AI hosts alone: not for your bank, not for your mail.',
    apply: 'Trust the certificate',
  },
  capture: {
    title: 'Capture',
    why: 'Programs must find Heimdall. Some ask the system’s proxy setting, some their environment, some their own settings. All are told the same: AI hosts go through Heimdall, everything else goes straight out, and if Heimdall is gone AI hosts do too.',
    apply: 'Set up capture',
  },
  key: {
    title: 'Gateway and key',
    why: 'Calls are sent to your organisation’s gateway with its virtual key; keys of your own are taken out on the way. Without a gateway, a simulator built in answers, good for trying things out.',
    apply: 'Save',
  },
};

const groups: Readonly<Record<SurfaceGroup, string>> = {
  trust: 'Certificate stores',
  proxy: 'Proxy of the system',
  environment: 'Environment of terminals and programs',
  tools: 'Settings of tools',
  service: 'Start with your session',
  strict: 'Programs that ignore proxies',
};

const states: Readonly<Record<SetupChange['state'], string>> = {
  'not-done': 'Will be changed',
  done: 'Done',
  'changed-by-others': 'Changed by others',
  unavailable: 'Not possible here',
  waiting: 'Waits for the agent',
  failed: 'Failed',
};

/** Behind a number: `3 not possible here`. */
const inSentence: Readonly<Record<SetupChange['state'], string>> = {
  'not-done': 'will be changed',
  done: 'done',
  'changed-by-others': 'changed by others',
  unavailable: 'not possible here',
  waiting: 'waiting for the agent',
  failed: 'failed',
};

const places = (count: number): string => counted(count, 'place', 'places');

export const firstRun = {
  title: 'Set up this computer',
  subtitle: 'Three steps. Each can be skipped, and each can be undone here or with “heimdall restore”.',
  steps,
  groups,
  states,
  inSentence,
  places: (count: number, what: string) => `${places(count)}: ${what}`,
  changes: 'What this step changes',
  live: 'while it runs',
  liveWhy: 'Set while Heimdall runs, and taken back when it stops, even if it is killed.',
  step: (number: number, of: number) => `Step ${String(number)} of ${String(of)}`,
  back: 'Back',
  skip: 'Skip',
  next: 'Continue',
  finish: 'Finish',
  undo: 'Undo this step',
  tryAgain: 'Try again what failed',
  applyRest: 'Set up the rest',
  working: 'Making the changes, one place after the other. The system may ask you to confirm.',
  undoing: 'Putting everything back as it was. The system may ask you to confirm.',
  outcome: {
    done: (count: number) => `${places(count)} set up.`,
    nothing: 'Nothing could be set up.',
    waiting: (count: number) => `${counted(count, 'place waits', 'places wait')} until the agent listens.`,
    failed: (count: number) =>
      count === 1 ? '1 place failed: the reason stands beside it.' : `${counted(count, 'place', 'places')} failed: the reason stands beside each.`,
    others: (count: number) => `${counted(count, 'place was', 'places were')} changed by others and left alone.`,
    startAgain: 'Programs and terminals that are open must be started again to notice.',
    undone: 'Undone: what Heimdall set in this step was taken back.',
    remains: (count: number) => `Undone. ${counted(count, 'place still holds', 'places still hold')} such a setting that Heimdall did not make.`,
  },
  url: 'Address of the gateway',
  urlHint: 'Begins with https://',
  key: 'Virtual key',
  keyHint: 'Goes into a file only you can read.',
  keyIsSet: 'A key is set. Leave empty to keep it.',
  restart: 'The agent takes the gateway over when it starts anew.',
  progress: 'Steps',
} as const;

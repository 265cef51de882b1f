// The words of the first run: three steps, what each changes, how each is undone.
import type { SetupChange, SetupStepId } from '../../src/contract/setup.ts';

const steps: Readonly<Record<SetupStepId, { readonly title: string; readonly why: string; readonly apply: string }>> = {
  trust: {
    title: 'Trust',
    why: 'Heimdall opens calls to AI hosts to check them. Programs accept that only from a certificate they trust. This one was made on this computer and is valid for AI hosts alone: not for your bank, not for your mail.',
    apply: 'Trust the certificate',
  },
  capture: {
    title: 'Capture',
    why: 'Programs must find Heimdall. The desktop’s proxy setting tells them: AI hosts go through it, everything else goes straight out, and if Heimdall is gone AI hosts do too.',
    apply: 'Set the proxy',
  },
  key: {
    title: 'Gateway and key',
    why: 'Calls are sent to your organisation’s gateway with its virtual key; keys of your own are taken out on the way. Without a gateway, a simulator built in answers, good for trying things out.',
    apply: 'Save',
  },
};

const states: Readonly<Record<SetupChange['state'], string>> = {
  'not-done': 'Will be changed',
  done: 'Done',
  'changed-by-others': 'Changed since',
  unavailable: 'Not possible here',
  waiting: 'Waits for the agent',
  failed: 'Failed',
};

export const firstRun = {
  title: 'Set up this computer',
  subtitle: 'Three steps. Each can be skipped, and each can be undone here or with “heimdall restore”.',
  steps,
  states,
  changes: 'What this step changes',
  nothingYet: 'Nothing has been changed yet.',
  step: (number: number, of: number) => `Step ${String(number)} of ${String(of)}`,
  back: 'Back',
  skip: 'Skip',
  next: 'Continue',
  finish: 'Finish',
  undo: 'Undo this step',
  url: 'Address of the gateway',
  urlHint: 'Begins with https://',
  key: 'Virtual key',
  keyHint: 'Goes into a file only you can read.',
  keyIsSet: 'A key is set. Leave empty to keep it.',
  restart: 'The agent takes the gateway over when it starts anew.',
  progress: 'Steps',
} as const;

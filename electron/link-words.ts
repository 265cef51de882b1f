// What the shell says of its connection to the agent: what happened, what it means for the network, what to do.
import type { ChildEnd } from './agent-child.ts';

export const linkWords = {
  connecting: 'Looking for the agent.',
  attached: 'Connected to an agent that was already running. Quitting Heimdall leaves it running.',
  started: 'The agent was started by this app and ends with it.',
  restarting: 'The agent is being restarted. Calls made in this moment fail and can be repeated.',
  lost: 'The connection to the agent was lost; it is being brought back. Calls made in this moment fail and can be repeated.',
  noProgram:
    'No agent is running, and this copy of the app does not know where one is. Start it with `npm start` in the repository, or install the package again.',
  otherContract: (reason: string) => `The running agent does not fit this app, so nothing can be shown; it goes on governing as before. ${reason}`,
  otherVersion: (agent: string, app: string, state: 'attached' | 'started') =>
    `The agent is version ${agent}, this app is ${app}. Governing goes on, but figures may be missing. ` +
    (state === 'attached' ? 'Restart the agent, or update the older of the two.' : 'Install Heimdall again.'),
  didNotStart: (end: ChildEnd) => `The agent did not start (${howItEnded(end)}). ${end.lastWords}`.trim(),
  ended: (end: ChildEnd | undefined) =>
    `The agent ended unexpectedly${end === undefined ? '' : ` (${howItEnded(end)})`} and is being started again. Calls made in this moment fail and can be repeated.`,
  failed: (times: number, reason: string, restored: string | undefined) =>
    [
      `The agent could not be kept running; ${times} starts failed. ${reason}`,
      restored === undefined
        ? 'What Heimdall changed on this machine could not be put back: run `heimdall restore`, or apps that use the proxy have no network.'
        : `This machine's network settings were put back, so apps have their network, but AI traffic is not governed. ${restored}`,
      'Restart the agent from the tray or the window to try again.',
    ].join(' '),
} as const;

function howItEnded({ code, signal }: ChildEnd): string {
  if (signal !== null) return `ended by ${signal}`;
  return code === null ? 'no process' : `exit code ${code}`;
}

// The words of the small window that asks.

export const ask = {
  title: 'Heimdall asks',
  heading: (app: string, host: string) => `${app} wants to send a call to ${host}`,
  unknownApp: 'A program',
  model: 'Model',
  rule: 'Rule',
  found: 'Found in it',
  foundOne: (detector: string, count: number) => (count === 1 ? detector : `${detector} × ${String(count)}`),
  justification: 'Why is this call needed?',
  justificationHint: 'Your answer stands in the audit log.',
  needed: 'Say why before you allow it.',
  allow: 'Allow this call',
  block: 'Block',
  otherwise: (seconds: number, answer: 'allow' | 'block') =>
    `Without an answer the call is ${answer === 'allow' ? 'allowed' : 'blocked'} in ${String(seconds)} s.`,
  countdown: 'Time left to answer',
  gone: 'This question is no longer open',
  goneText: 'It was answered, its time is over, or the program gave up.',
  close: 'Close',
} as const;

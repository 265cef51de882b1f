// What the tester's form asks of the agent: empty fields are left out, so that the agent's own values hold.
import type { Params } from '../../../src/contract/control.ts';

export interface TrialForm {
  readonly body: string;
  readonly host: string;
  readonly path: string;
  readonly app: string;
}

export const bodyLimit = 1_048_576;
/** What the agent takes where the form says nothing; shown as placeholders. */
export const trialDefaults = { host: 'api.openai.com', path: '/v1/chat/completions' } as const;

export const emptyForm: TrialForm = { body: '', host: '', path: '', app: '' };

/** Undefined while there is nothing to try. */
export function trialInput({ body, host, path, app }: TrialForm): Params<'policy.try'> | undefined {
  if (body.trim() === '' || body.length > bodyLimit) return undefined;
  const [hostName, pathName, appName] = [host.trim(), path.trim(), app.trim()];
  return {
    body,
    ...(hostName === '' ? {} : { host: hostName }),
    ...(pathName === '' ? {} : { path: pathName }),
    ...(appName === '' ? {} : { app: appName }),
  };
}

// The sentence that tells how to change what belongs to the whole machine.
import type { SetupMachine } from '../surface.ts';

/** `because` begins the sentence: `The System keychain belongs to the whole computer`. */
export function asAdministrator({ platform, dataDir }: Pick<SetupMachine, 'platform' | 'dataDir'>, because: string): string {
  const command = `heimdall setup --only trust --data-dir ${quoted(dataDir)}`;
  return platform === 'win32' ? `${because}. Run in a terminal that was opened as administrator: ${command}` : `${because}. Run: sudo ${command}`;
}

const quoted = (path: string): string => (/^[\w./:\\-]+$/.test(path) ? path : `"${path}"`);

// The machine as the set-up sees it, from a data folder alone: enough to put everything back when no agent runs.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programRunner } from './run-program.ts';
import type { SetupMachine } from './setup-surface.ts';

export interface SetupPlace {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly dataDir: string;
}

/** Throws when the data folder holds no certificate: nothing was ever trusted from it. */
export function setupMachine({ platform, env, home, dataDir }: SetupPlace, pacUrl: () => string): SetupMachine {
  const file = join(dataDir, 'ca.pem');
  const pem = readFileSync(file, 'utf8');
  return { platform, home, run: programRunner(env), ca: { file, pem, fingerprint: new X509Certificate(pem).fingerprint256 }, pacUrl };
}

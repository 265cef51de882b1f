// One change of the set-up: a surface of the ledger with the words for people and the value that is wanted there.
import type { Register, Surface } from './ledger.ts';
import type { RunProgram } from './run-program.ts';

export interface SetupSurface extends Surface {
  readonly step: 'trust' | 'capture';
  /** `Certificate database of Chromium (~/.pki/nssdb)`. */
  readonly what: string;
  /** What will stand there, in words. */
  readonly to: string;
  /** What the surface is to be set to. */
  wanted(): Register;
  /** Why it cannot or must not be changed here, as a sentence; undefined when it can. */
  obstacle(): Promise<string | undefined>;
}

export interface SetupMachine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly run: RunProgram;
  readonly ca: { readonly file: string; readonly pem: string; /** SHA-256, hex pairs with colons. */ readonly fingerprint: string };
  /** Where the agent serves its PAC file. */
  readonly pacUrl: () => string;
}

/** Whether a PAC address is one of ours, whatever port it names. */
export const isOwnPac = (url: string): boolean => /^http:\/\/127\.0\.0\.1:\d+\/proxy\.pac$/.test(url);

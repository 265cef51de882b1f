// What is looked at once for all apps: the places of the set-up, what the PAC file answers, which stores hold the certificate, what is installed and runs.
import type { TrustStore } from '../../contract/coverage.ts';
import type { SetupChange } from '../../contract/setup.ts';
import type { FoundPackage } from './found-package.ts';
import type { RunningApp } from './running-apps.ts';

/** Whether a handshake through the agent succeeds with the roots of one store alone. */
export interface StoreProof {
  readonly store: TrustStore;
  /** The place, for people. */
  readonly what: string;
  readonly ok: boolean;
  /** A handshake was made; else it is only known whether the certificate is among the roots. */
  readonly wasTried: boolean;
  /** Why not. */
  readonly reason?: string | undefined;
}

export interface MachineFacts {
  readonly platform: NodeJS.Platform;
  /** Undefined: none runs, so nothing can be tried. */
  readonly agent: { readonly port: number } | undefined;
  readonly changes: readonly SetupChange[];
  /** By host: what the PAC file that the agent serves answers when it is evaluated. */
  readonly pac: ReadonlyMap<string, string>;
  readonly stores: readonly StoreProof[];
  /** App id → where it was found. */
  readonly installed: ReadonlyMap<string, string>;
  readonly packages: readonly FoundPackage[];
  readonly running: readonly RunningApp[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A moment as people write it, by the clock of this computer: `2026-11-23 14:05`. */
export function moment(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A sighting proves how things are now for this long; after that they may have been taken apart again. */
export const freshMs = 10 * 60_000;

// The certificate bundles that variables and tool settings point at: written from their sources, renewed when these change.
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { combinedBundle, extraBundle } from '../bundle-files.ts';
import { Ledger, shareWithOwner } from '../ledger.ts';
import { withLedgerLock } from '../ledger-lock.ts';
import { isDeadPort } from '../local-port.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { blocksIn, systemRoots, userBundles } from './root-sources.ts';
import { textOf } from './user-environment.ts';

export function bundleSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  return [
    bundle(combinedBundle(machine), 'the roots of this computer, your own bundles, and the certificate of this installation', () => combinedText(machine)),
    bundle(extraBundle(machine), 'the certificate of this installation and what you had added to the roots of programs', () => extraText(machine)),
  ];
}

/** Makes them without the rest of the set-up, for variables that a person sets by hand. `heimdall restore` takes them away again. */
export async function makeBundles(machine: SetupMachine): Promise<void> {
  await withLedgerLock(machine.dataDir, async () => {
    const ledger = new Ledger(machine.dataDir, isDeadPort);
    for (const surface of bundleSurfaces(machine)) await ledger.apply(surface);
  });
}

/** For tools that replace their roots by it. */
function combinedText(machine: SetupMachine): string {
  return joined([...systemRoots(machine), ...ofUser(machine), ...blocksIn(machine.ca.pem)]);
}

/** For tools that add it to their roots: of what the user gave to others, which may be the roots of the world, the few that the system lacks. */
function extraText(machine: SetupMachine): string {
  const common = new Set(systemRoots(machine).map(bodyOf));
  return joined([...ofUser(machine).filter((pem) => !common.has(bodyOf(pem))), ...blocksIn(machine.ca.pem)]);
}

const ofUser = (machine: SetupMachine): readonly string[] => userBundles(machine).flatMap((file) => blocksIn(textOf(file)).filter(isCertificate));

/** One damaged block makes some programs refuse the whole file. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

const bodyOf = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '');

function joined(pems: readonly string[]): string {
  const byBody = new Map(pems.map((pem) => [bodyOf(pem), `${pem.trimEnd()}\n`]));
  return [...byBody.values()].join('');
}

/**
 * In the ledger stands the fingerprint of the text, which is long and made again from its sources at any time. The file is ours alone:
 * what is put back is that there is none.
 */
function bundle(file: string, to: string, text: () => string): SetupSurface {
  return {
    id: `environment.bundle:${file}`,
    group: 'environment',
    life: 'lasting',
    what: `Certificate bundle ${basename(file)} (${file})`,
    to,
    read: () => Promise.resolve(standing(file)),
    wanted: () => fingerprintOf(text()),
    write: (value) => {
      const content = text();
      if (value === fingerprintOf(content)) {
        writeFileSync(`${file}.new`, content, { mode: 0o644, flush: true });
        renameSync(`${file}.new`, file);
        shareWithOwner(file);
      } else rmSync(file, { force: true });
      return Promise.resolve();
    },
    without: () => null,
    sweep: () => {
      rmSync(`${file}.new`, { force: true });
      return Promise.resolve();
    },
    obstacle: () => Promise.resolve(undefined),
  };
}

function standing(file: string): string | null {
  try {
    return fingerprintOf(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const fingerprintOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

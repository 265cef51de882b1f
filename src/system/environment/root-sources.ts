// Where the roots come from that our bundles hold: the system's, and those the user has added by variables, start files and settings.
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { getCACertificates, rootCertificates } from 'node:tls';
import { combinedBundle, extraBundle } from '../bundle-files.ts';
import { systemPath } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { certificatesOfTools } from '../tools/surfaces.ts';
import { bundleNames } from './bundle-names.ts';
import { assignmentsOfUser, textOf } from './user-environment.ts';

/** Debian; Fedora; openSUSE; Arch and others; Alpine and macOS. The first that is there. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/var/lib/ca-certificates/ca-bundle.pem',
  '/etc/ca-certificates/extracted/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

export const blocksIn = (text: string): readonly string[] => (text.match(pemBlock) ?? []).map((block) => `${block.replaceAll('\r', '')}\n`);

/** The roots of the system; where it has none that can be read, those that Mozilla vouches for, as Node brings them. */
export function systemRoots(machine: Pick<SetupMachine, 'platform' | 'root'>): readonly string[] {
  const file = systemBundle(machine);
  const roots = file === undefined ? rootsOfStore(machine.platform) : blocksIn(textOf(file));
  return roots.length > 0 ? roots : rootCertificates;
}

function systemBundle(machine: Pick<SetupMachine, 'platform' | 'root'>): string | undefined {
  // The file of macOS lacks what people have added to their keychains.
  if (machine.platform === 'darwin' || machine.platform === 'win32') return undefined;
  return systemBundles.map((path) => systemPath(machine, path)).find((path) => existsSync(path));
}

/** Only of the system this runs on. */
function rootsOfStore(platform: NodeJS.Platform): readonly string[] {
  if (platform !== process.platform || platform === 'linux') return [];
  // What the store adds to Mozilla's: on macOS the system's own roots are not handed out.
  return [...new Set([...rootCertificates, ...getCACertificates('system')])];
}

/** Bundles of the user, absolute paths of files that are there; never ours. */
export function userBundles(machine: SetupMachine): readonly string[] {
  const named = [
    ...certificatesOfTools(machine),
    ...bundleNames.map((name) => machine.env[name]),
    ...assignmentsOfUser(machine)
      .filter(({ name }) => bundleNames.includes(name))
      .map(({ value }) => value),
    // Overridden by AWS_CA_BUNDLE, which we set.
    ...[...textOf(join(machine.home, '.aws', 'config')).matchAll(/^\s*ca_bundle\s*=\s*(.+?)\s*$/gm)].map(([, path]) => path),
  ];
  const ours = new Set([combinedBundle(machine), extraBundle(machine), machine.ca.file]);
  return [...new Set(named)].filter((path): path is string => path !== undefined && isAbsolute(path) && !ours.has(path) && isFile(path));
}

/** Bundles whose roots are all in ours, so that a variable which names one may name ours instead. */
export function knownBundles(machine: SetupMachine): ReadonlySet<string> {
  const system = systemBundle(machine);
  return new Set([
    combinedBundle(machine),
    extraBundle(machine),
    machine.ca.file,
    ...userBundles(machine),
    ...(system === undefined ? [] : systemBundles.filter((path) => sameRoots(machine, system, path))),
  ]);
}

/** Several names of one file, as distributions keep them for old programs. */
function sameRoots(machine: Pick<SetupMachine, 'root'>, system: string, path: string): boolean {
  const other = systemPath(machine, path);
  if (!existsSync(other)) return false;
  const [a, b] = [statSync(system), statSync(other)];
  return a.dev === b.dev && a.ino === b.ino;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

// The licences of every package that ships: the runtime dependencies and what they depend on, read from node_modules.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PackageLicence {
  readonly name: string;
  readonly version: string;
  /** SPDX expression as the package states it. */
  readonly licence: string;
  /** Text of its licence file; empty where it brings none. */
  readonly text: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Sorted by name. A package that is optional and absent is left out. */
export function readLicences(root: string): PackageLicence[] {
  const found = new Map<string, PackageLicence>();
  const visit = (folder: string): void => {
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
      const dependency = resolvePackage(name, folder, root);
      if (dependency === undefined || found.has(dependency)) continue;
      found.set(dependency, licenceOf(dependency));
      visit(dependency);
    }
  };
  visit(root);
  const unique = new Map([...found.values()].map((entry) => [`${entry.name}@${entry.version}`, entry]));
  return [...unique.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** Where Node would find this package from there: the nearest node_modules going up. */
function resolvePackage(name: string, from: string, root: string): string | undefined {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

function licenceOf(folder: string): PackageLicence {
  const { name = '', version = '', license } = manifestOf(folder);
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry));
  return {
    name,
    version,
    licence: (typeof license === 'string' ? license : license?.type) ?? 'unknown',
    text: file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim(),
  };
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

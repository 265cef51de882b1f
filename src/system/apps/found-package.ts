// A package as some list of this computer names it.
import type { PackageNames } from '../../contract/coverage.ts';
import type { SetupMachine } from '../surface.ts';

/** What the lists are found by. */
export type PackagePlace = Pick<SetupMachine, 'platform' | 'env' | 'home' | 'root' | 'run'>;

export interface FoundPackage {
  readonly kind: keyof PackageNames;
  /** Lower case, but as it stands there for Windows. */
  readonly name: string;
  readonly version?: string | undefined;
  /** Which list, for people: `Debian package`, `npm package in /usr/lib/node_modules`. */
  readonly list: string;
}

/** The packages of an app, among those that were found. */
export function packagesOf(names: PackageNames | undefined, found: readonly FoundPackage[]): readonly FoundPackage[] {
  if (names === undefined) return [];
  return found.filter(({ kind, name }) =>
    kind === 'windows' ? names.windows?.some((product) => isProduct(name, product)) === true : names[kind]?.includes(name) === true,
  );
}

/** `Cursor (User)`, `PyCharm Community Edition 2025.1`: what follows the product is a version, an edition or a note. */
const isProduct = (name: string, product: string): boolean =>
  name === product || (name.startsWith(`${product} `) && /^ (?:v?\d|\(|(?:Community|Professional|Ultimate)\b)/.test(name.slice(product.length)));

export const packageWords = ({ list, name, version }: FoundPackage): string => `${list}: ${name}${version === undefined ? '' : ` ${version}`}`;

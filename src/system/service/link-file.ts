// A symbolic link as a surface of the ledger, folders that were made for it included.
import { lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Register, Surface } from '../surface.ts';
import { firstMissingFolder, remove } from '../text-file.ts';

type LinkValue = { readonly target: string } | { readonly missing: string | null } | { readonly other: true };

/** What stands there and is no link is left alone. */
export function linkFile(id: string, link: string, target: string): Surface & { wanted(base: Register): Register } {
  const isAbsent = (value: Register): boolean => typeof value === 'object' && value !== null && 'missing' in value;
  return {
    id,
    read: () => Promise.resolve(readLink(link)),
    wanted: (base) => (typeof base === 'object' && base !== null && 'other' in base ? base : { target }),
    write: (value) => {
      const wanted = value as LinkValue;
      if ('other' in wanted) return Promise.resolve();
      remove(link, 'missing' in wanted ? wanted.missing : null);
      if ('target' in wanted) {
        mkdirSync(dirname(link), { recursive: true });
        symlinkSync(wanted.target, link);
      }
      return Promise.resolve();
    },
    // Gone, or cut short before it was made: folders that were made on the way may be left.
    without: ({ current, original }) => (isAbsent(current) && isAbsent(original) ? original : undefined),
  };
}

function readLink(link: string): LinkValue {
  const stat = lstatSync(link, { throwIfNoEntry: false });
  if (stat === undefined) return { missing: firstMissingFolder(link) };
  return stat.isSymbolicLink() ? { target: readlinkSync(link) } : { other: true };
}

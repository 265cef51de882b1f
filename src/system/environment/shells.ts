// The start files of shells as surfaces: a marked block at the end of each reads our script if it is there.
import { isUtf8 } from 'node:buffer';
import { accessSync, constants, existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';
import { withBlock, withoutBlock } from './shell-block.ts';
import { shellFiles } from './shell-files.ts';
import type { ShellFile } from './shell-files.ts';

export function shellSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  return shellFiles(machine).map(shellSurface);
}

function shellSurface({ file, shell, when, read, language }: ShellFile): SetupSurface {
  return {
    ...textFile({
      id: `environment.shell:${file}`,
      file,
      // A line break of Windows would make part of the last word of a line in a POSIX shell.
      edit: (text) => withBlock(text, read, language === 'powershell' && text?.includes('\r\n') === true ? '\r\n' : '\n'),
      strip: (text, { original }) => withoutBlock(text, original),
    }),
    group: 'environment',
    life: 'lasting',
    what: `Start file of ${shell}, read ${when} (${file})`,
    to: 'a marked block that reads the variables of Heimdall while its agent runs, and does nothing otherwise',
    obstacle: () => Promise.resolve(obstacleOf(file)),
  };
}

function obstacleOf(file: string): string | undefined {
  const link = lstatSync(file, { throwIfNoEntry: false });
  if (link === undefined) {
    const folder = firstFolder(file);
    return canWrite(folder) ? undefined : `${file} cannot be made, because ${folder} is not writable for you. ${bySelf}`;
  }
  if (link.isSymbolicLink() && !existsSync(file))
    return `${file} is a link to a file that is not there. Make that file or remove the link, then run \`heimdall setup\` again.`;
  const target = realpathSync(file);
  if (!canWrite(target) || !canWrite(dirname(target))) {
    const made = target === file ? file : `${file} (a link to ${target})`;
    return `${made} is not writable for you, as where a program makes your start files. ${bySelf}`;
  }
  return isUtf8(readFileSync(target))
    ? undefined
    : `${file} is not UTF-8 text, so it cannot be changed without harm. Save it as UTF-8, then run \`heimdall setup\` again.`;
}

const bySelf = 'Add this line where your shell reads it: eval "$(heimdall env)"';

function firstFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

/** Without any right to write, be it for root alone to pass over, somebody means it. */
function canWrite(path: string): boolean {
  if ((statSync(path).mode & 0o222) === 0) return false;
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

// Which start files the shells of this user read, and the words in which each shell is told to read our script.
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { systemPath } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { fishQuoted } from './fish-script.ts';
import { posixQuoted } from './posix-quoted.ts';
import { powershellQuoted } from './powershell-script.ts';
import { scriptFile } from './scripts.ts';
import { hasBlock } from './shell-block.ts';
import { assignmentsIn, textOf } from './user-environment.ts';

export interface ShellFile {
  readonly file: string;
  /** For people: `bash`, `zsh`. */
  readonly shell: string;
  /** When the shell reads it. */
  readonly when: string;
  /** The line that reads our script. */
  readonly read: string;
  readonly language: 'posix' | 'fish' | 'powershell';
}

/** Those of shells that are there, and those in which our block stands. */
export function shellFiles(machine: SetupMachine): readonly ShellFile[] {
  return (machine.platform === 'win32' ? windowsFiles(machine) : unixFiles(machine)).filter(({ file, isUsed }) => isUsed || hasBlock(textOf(file)));
}

type Candidate = ShellFile & { readonly isUsed: boolean };

function unixFiles(machine: SetupMachine): readonly Candidate[] {
  const { home } = machine;
  const posix = `if [ -r ${posixQuoted(scriptFile(machine, 'env.sh'))} ]; then . ${posixQuoted(scriptFile(machine, 'env.sh'))}; fi`;
  const of = (shell: string, file: string, when: string, isUsed: boolean): Candidate => ({ shell, file, when, read: posix, language: 'posix', isUsed });
  const hasBash = hasProgram(machine, 'bash') || existsSync(join(home, '.bashrc'));
  // bash reads the first of these alone; a second one that is made would hide what the user has in the next.
  const logins = ['.bash_profile', '.bash_login', '.profile'].map((name) => join(home, name));
  const login = logins.find((file) => existsSync(file)) ?? join(home, '.profile');
  const zshFolder = zdotdir(machine);
  const hasZsh = hasProgram(machine, 'zsh') || existsSync(join(zshFolder, '.zshrc'));
  const config = configFolder(machine);
  const powershell = join(config, 'powershell', 'profile.ps1');
  const fish = join(config, 'fish');
  return [
    of('bash', join(home, '.bashrc'), 'in every terminal', hasBash),
    ...logins.map((file) => of('bash', file, 'when it logs in', hasBash && file === login)),
    // Read always, also by scripts and by editors that ask a shell for its environment; `.zshrc` comes later and may set a proxy again.
    of('zsh', join(home, '.zshenv'), 'always', hasZsh),
    of('zsh', join(zshFolder, '.zshrc'), 'in every terminal', hasZsh && existsSync(join(zshFolder, '.zshrc'))),
    {
      shell: 'fish',
      file: join(fish, 'conf.d', 'heimdall.fish'),
      when: 'always',
      read: `if test -r ${fishQuoted(scriptFile(machine, 'env.fish'))}; source ${fishQuoted(scriptFile(machine, 'env.fish'))}; end`,
      language: 'fish',
      isUsed: hasProgram(machine, 'fish') || existsSync(fish),
    },
    { ...powershellFile(machine, powershell), isUsed: hasProgram(machine, 'pwsh') || existsSync(powershell) },
  ];
}

/**
 * Only profiles that are there: Windows by default runs no scripts, and a profile that is made would greet every PowerShell with an error.
 * New processes have the variables from the user's environment in any case.
 */
function windowsFiles(machine: SetupMachine): readonly Candidate[] {
  const documents = [
    join(machine.home, 'Documents'),
    ...['OneDrive', 'OneDriveCommercial'].flatMap((name) => machine.env[name] ?? []).map((folder) => join(folder, 'Documents')),
  ];
  const profiles = [...new Set(documents)].flatMap((folder) => ['PowerShell', 'WindowsPowerShell'].map((name) => join(folder, name, 'profile.ps1')));
  return profiles.map((file) => ({ ...powershellFile(machine, file), isUsed: existsSync(file) }));
}

function powershellFile(machine: SetupMachine, file: string): ShellFile {
  const script = powershellQuoted(scriptFile(machine, 'env.ps1'));
  const read = `if (Test-Path -LiteralPath ${script} -PathType Leaf) { . ${script} }`;
  return { shell: 'PowerShell', file, when: 'in every terminal', read, language: 'powershell' };
}

/** Where installers put programs; the search path of this process may be another's. */
function hasProgram(machine: SetupMachine, name: string): boolean {
  const folders = ['/bin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/local/bin', '/snap/bin'];
  return folders.some((folder) => existsSync(systemPath(machine, join(folder, name))));
}

/** zsh takes its other files from where `.zshenv` says. */
function zdotdir(machine: Pick<SetupMachine, 'home' | 'env'>): string {
  const text = textOf(join(machine.home, '.zshenv'));
  const set = assignmentsIn(text, machine.home).findLast(({ name }) => name === 'ZDOTDIR')?.value;
  return set !== undefined && isAbsolute(set) ? set : machine.home;
}

export function configFolder({ home, env }: Pick<SetupMachine, 'home' | 'env'>): string {
  const set = env['XDG_CONFIG_HOME'];
  return set !== undefined && isAbsolute(set) ? set : join(home, '.config');
}

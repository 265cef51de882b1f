// What the user's own start files set: read as text, never run, so that an agent which no shell started knows of their bundles too.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemPath } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';

interface Assignment {
  readonly name: string;
  readonly value: string;
  /** Absolute path of the file it stands in. */
  readonly file: string;
}

/** `export A=b`, `A="b"`, `set -gx A b`, `$env:A = 'b'`. Values that must be computed are passed over. */
const patterns = [
  /^\s*(?:export\s+|typeset\s+-x\s+|declare\s+-x\s+)?([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;#]*)\s*(?:;.*|#.*)?$/,
  /^\s*set\s+(?:-\w+\s+|--\w+\s+)+([A-Za-z_]\w*)\s+("[^"]*"|'[^']*'|[^\s;#]+)\s*(?:;.*|#.*)?$/,
  /^\s*\$env:([A-Za-z_]\w*)\s*=\s*("[^"]*"|'[^']*')\s*$/i,
];

/** Last assignment last, as the files are read. */
export function assignmentsOfUser(machine: Pick<SetupMachine, 'home' | 'root'>): readonly Assignment[] {
  return startFiles(machine).flatMap((file) => assignmentsIn(textOf(file), machine.home).map((each) => ({ ...each, file })));
}

export function assignmentsIn(text: string, home: string): readonly Omit<Assignment, 'file'>[] {
  return text.split(/\r?\n/).flatMap((line) => {
    for (const pattern of patterns) {
      const [, name, raw] = pattern.exec(line) ?? [];
      if (name === undefined || raw === undefined) continue;
      const value = plainValue(raw, home);
      return value === undefined || value === '' ? [] : [{ name, value }];
    }
    return [];
  });
}

function plainValue(raw: string, home: string): string | undefined {
  if (raw.startsWith("'")) return raw.slice(1, -1);
  const text = raw.startsWith('"') ? raw.slice(1, -1) : raw.replace(/^~(?=\/|$)/, () => home);
  const value = text.replace(/\$HOME(?!\w)|\$\{HOME\}|\$env:USERPROFILE(?!\w)/gi, () => home);
  return /[$`\\]/.test(value) && !/^[A-Za-z]:\\/.test(value) ? undefined : value;
}

function startFiles(machine: Pick<SetupMachine, 'home' | 'root'>): readonly string[] {
  const { home } = machine;
  const own = ['.profile', '.bash_profile', '.bash_login', '.bashrc', '.zshenv', '.zprofile', '.zshrc', '.config/fish/config.fish'];
  const folders = [systemPath(machine, '/etc/profile.d'), join(home, '.config', 'environment.d')];
  return [
    systemPath(machine, '/etc/environment'),
    ...folders.flatMap((folder) =>
      namesIn(folder)
        .filter((name) => /\.(sh|conf)$/.test(name) && !name.includes('heimdall'))
        .map((name) => join(folder, name)),
    ),
    ...own.map((name) => join(home, name)),
  ];
}

export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

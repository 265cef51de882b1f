// How git, npm, pip and `.env` files write a key and a value.
import { iniFormat } from './ini-edit.ts';
import type { IniDialect } from './ini-edit.ts';

/** git-config(1): values may be quoted in parts, with C-like escapes; a comment may follow. */
const git: IniDialect = {
  name: 'git settings',
  hasSections: true,
  separator: ' = ',
  indent: '\t',
  continues: 'backslash',
  key: /^([ \t]*)([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:(=)[ \t]*|$|(?=[#;]))/,
  allowsBare: true,
  canonical: (name) => name.toLowerCase(),
  quoted: (value) => (/["\\#;]|^\s|\s$/.test(value) ? `"${value.replace(/["\\]/g, String.raw`\$&`)}"` : value),
  unquoted: (raw) =>
    raw
      .replace(/\\\r?\n/g, '')
      .replace(/\\(.)|"/g, (_, escaped?: string) => (escaped === undefined ? '' : ({ n: '\n', t: '\t', b: '\b' }[escaped] ?? escaped))),
};

/** npm reads `.npmrc` with its `ini` package: quoted values are JSON. Keys of lists end in `[]`. */
const npm: IniDialect = {
  name: 'npm settings',
  hasSections: false,
  separator: '=',
  indent: '',
  continues: 'never',
  key: /^([ \t]*)([^=\s[][^=]*?)[ \t]*(?:(=)[ \t]*|$)/,
  allowsBare: true,
  canonical: (name) => name,
  quoted: (value) => (/[;#="]|^\s|\s$/.test(value) ? JSON.stringify(value) : value),
  unquoted: (raw) => (/^".*"$/.test(raw) ? fromJson(raw) : plainNpm(raw)),
};

/** pip reads its file with Python's configparser: an indented line goes on with the value, `%` is plain, names in any case. */
const pip: IniDialect = {
  name: 'pip settings',
  hasSections: true,
  separator: ' = ',
  indent: '',
  continues: 'indent',
  key: /^([ \t]*)([^=:\s[][^=:]*?)[ \t]*(?:([=:])[ \t]*|$)/,
  allowsBare: false,
  canonical: (name) => name.toLowerCase().replaceAll('_', '-'),
  quoted: (value) => value,
  unquoted: (raw) => raw,
};

/** Files of `KEY=value` that dotenv readers load; single quotes keep backslashes of Windows paths as they are. */
const dotenv: IniDialect = {
  name: '.env',
  hasSections: false,
  separator: '=',
  indent: '',
  continues: 'never',
  key: /^([ \t]*(?:export[ \t]+)?)([A-Za-z_][\w.-]*)[ \t]*(?:(=)[ \t]*|$)/,
  allowsBare: true,
  canonical: (name) => name,
  quoted: (value) => (/[\s#"'`$\\]/.test(value) ? `'${value}'` : value),
  unquoted: (raw) => {
    const [whole] = /^(?:"[^"]*"|'[^']*'|`[^`]*`)/.exec(raw) ?? [];
    return whole === undefined ? raw.replace(/\s+#.*$/, '') : whole.slice(1, -1);
  },
};

/** A semicolon or a hash begins a comment unless a backslash is before it. */
const plainNpm = (raw: string): string =>
  /^'.*'$/.test(raw)
    ? raw.slice(1, -1)
    : raw
        .replace(/(?<!\\)[;#].*$/, '')
        .trimEnd()
        .replace(/\\([;#\\])/g, '$1');

function fromJson(raw: string): string {
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw;
  }
}

export const gitFormat = iniFormat(git);
export const npmFormat = iniFormat(npm);
export const pipFormat = iniFormat(pip);
export const dotenvFormat = iniFormat(dotenv);

// Makes a deb with Debian's own dpkg-deb from the command line that electron-builder gives to fpm, which a closed network cannot download.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

export interface DebOrder {
  readonly control: Readonly<Record<string, string>>;
  readonly depends: readonly string[];
  readonly recommends: readonly string[];
  /** Maintainer script by its Debian name → file. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly compression: string;
  readonly output: string;
  /** Source path, path in the installed system; a source that ends in `/` is a folder's content. */
  readonly files: readonly (readonly [source: string, target: string])[];
}

const controlFields: Readonly<Record<string, string>> = {
  '--name': 'Package',
  '--version': 'Version',
  '--architecture': 'Architecture',
  '--maintainer': 'Maintainer',
  '--url': 'Homepage',
  '--deb-priority': 'Priority',
  '--category': 'Section',
};
const scriptNames: Readonly<Record<string, string>> = {
  '--before-install': 'preinst',
  '--after-install': 'postinst',
  '--before-remove': 'prerm',
  '--after-remove': 'postrm',
};
const flags = new Set(['--force', '--debug']);

/** Throws an Error for a kind of package other than deb. */
export function readFpmOrder(argv: readonly string[]): DebOrder {
  const control: Record<string, string> = { Section: 'utils' };
  const scripts: Record<string, string> = {};
  const depends: string[] = [];
  const recommends: string[] = [];
  const files: (readonly [string, string])[] = [];
  const rest: Record<string, string> = {};
  for (let index = 0; index < argv.length; index += 1) {
    const name = argv[index] ?? '';
    if (flags.has(name)) continue;
    if (!name.startsWith('-')) {
      const cut = name.indexOf('=');
      files.push([name.slice(0, cut), name.slice(cut + 1)]);
      continue;
    }
    const value = argv[(index += 1)] ?? '';
    const field = controlFields[name];
    const script = scriptNames[name];
    if (field !== undefined) control[field] = value;
    else if (script !== undefined) scripts[script] = value;
    else if (name === '-d') depends.push(value);
    else if (name === '--deb-recommends') recommends.push(value);
    else rest[name] = value;
  }
  if (rest['-t'] !== 'deb')
    throw new Error(`Only deb packages can be made here, not ${rest['-t'] ?? 'an unnamed kind'}: the rest needs fpm, which electron-builder downloads.`);
  control['Description'] = describe(rest['--description'] ?? '');
  return { control, depends, recommends, scripts, files, compression: rest['--deb-compression'] ?? 'xz', output: rest['--package'] ?? '' };
}

/** The first line is the synopsis; every further one must begin with a space. */
function describe(text: string): string {
  const [first = '', ...more] = text.split('\n').map((line) => line.trim());
  return [first, ...more.filter((line) => line !== '').map((line) => ` ${line}`)].join('\n');
}

/** Puts the tree together beside the temporary files and packs it. */
export function writeDeb(order: DebOrder): void {
  const tree = mkdtempSync(join(tmpdir(), 'heimdall-deb-'));
  try {
    for (const [source, target] of order.files) place(source, join(tree, target));
    chmodSync(tree, 0o755);
    const meta = join(tree, 'DEBIAN');
    mkdirSync(meta);
    writeFileSync(join(meta, 'control'), controlText(order, Math.ceil(sizeOf(tree) / 1024)));
    for (const [name, file] of Object.entries(order.scripts)) writeFileSync(join(meta, name), readFileSync(file), { mode: 0o755 });
    execFileSync('dpkg-deb', ['--root-owner-group', `-Z${order.compression === 'gz' ? 'gzip' : order.compression}`, '--build', tree, order.output], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function place(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, source.endsWith('/') || !statSync(source).isFile() || basename(target) !== '' ? target : join(target, basename(source)), {
    recursive: true,
    verbatimSymlinks: true,
  });
}

function controlText({ control, depends, recommends }: DebOrder, kilobytes: number): string {
  const { Description = '', ...plain } = control;
  const fields: Record<string, string> = { ...plain, 'Installed-Size': String(kilobytes) };
  if (depends.length > 0) fields['Depends'] = depends.join(', ');
  if (recommends.length > 0) fields['Recommends'] = recommends.join(', ');
  return `${Object.entries({ ...fields, Description })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n`;
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => sum + lstatSync(join(folder, name)).size, 0);
}

if (import.meta.main) {
  // What the newest fpm says for --version satisfies a caller that asks.
  if (process.argv.includes('--version') && process.argv.length === 3) process.stdout.write('1.17.0\n');
  else writeDeb(readFpmOrder(process.argv.slice(2)));
}

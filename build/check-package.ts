// Looks into a packed product and says what must not be in it, what is missing, and which fuse is open.
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readAsar } from './asar-reader.ts';
import { openFuses } from './fuses.ts';
import { standInMarker } from './stand-in-electron.ts';

export interface CheckOptions {
  /** The repository it was made from: its path must not be in any file. */
  readonly root: string;
  /** For the test's variant, whose inspector fuse is open on purpose. */
  readonly inspectable?: boolean;
}

interface Packed {
  /** Path in the package, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly read: () => Buffer;
}

const textFile = /\.(js|cjs|mjs|json|html|css|sh|cmd|txt|yml|yaml)$/;
const forbidden: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\.(ts|tsx|mts|cts)$/, what: 'a TypeScript source' },
  { pattern: /\.map$/, what: 'a source map' },
  { pattern: /(^|\/)(test|tests|__tests__)\/|\.(test|spec)\.[cm]?js$/, what: 'a test' },
  { pattern: /(^|\/)node_modules\//, what: 'an unbundled package' },
  { pattern: /(^|\/)(\.env[^/]*|\.npmrc|\.git|id_[a-z0-9]+)$|\.(key|p12|pfx)$/, what: 'a file that holds secrets' },
  { pattern: /\.(db|db-wal|log)$/, what: "someone's records" },
];
const secrets: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}/, what: 'a private key' },
  { pattern: /\b(sk-ant-[a-z0-9]+-[\w-]{60,}|gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|AKIA[A-Z0-9]{16})\b/, what: 'an access key' },
];

/** One sentence per fault; empty when the package in this folder is as it should be. */
export async function checkPackage(folder: string, { root, inspectable = false }: CheckOptions): Promise<string[]> {
  const place = placesIn(folder);
  const archive = join(place.resources, 'app.asar');
  const missing = [place.executable, archive, ...place.agent].filter((file) => !existsSync(file)).map((file) => `${file} is missing`);
  if (missing.length > 0) return missing;

  const files = [...onDisk(place.resources, ''), ...readAsar(archive).map((entry) => ({ ...entry, path: `app.asar/${entry.path}` }))];
  const needed = ['app.asar/main.js', 'app.asar/preload.cjs', 'app.asar/face/index.html', 'app.asar/package.json', 'LICENSE']
    .filter((path) => !files.some((file) => file.path === path))
    .map((path) => `${path} is missing`);
  const fuses = (await openFuses(place.executable)).filter((line) => !inspectable || !line.includes('enableNodeCliInspectArguments'));
  const standIn = existsSync(join(folder, standInMarker)) || existsSync(join(place.resources, 'app')) ? ['the stand-in still has its own app folder'] : [];
  return [...needed, ...files.flatMap((file) => faultsOf(file, root)), ...fuses, ...standIn];
}

function faultsOf({ path, size, read }: Packed, root: string): string[] {
  const named = forbidden.filter(({ pattern }) => pattern.test(path)).map(({ what }) => `${path} is ${what}`);
  if (!textFile.test(path) || size > 20_000_000) return named;
  const text = read().toString('utf8');
  const held = secrets.filter(({ pattern }) => pattern.test(text)).map(({ what }) => `${path} holds ${what}`);
  return [...named, ...held, ...(text.includes(root) ? [`${path} names the folder it was built in`] : [])];
}

interface Places {
  readonly resources: string;
  readonly executable: string;
  readonly agent: readonly string[];
}

/** Where things are in an unpacked product of each system. */
function placesIn(folder: string): Places {
  const bundle = readdirSync(folder).find((name) => name.endsWith('.app'));
  const isWindows = existsSync(join(folder, 'Heimdall.exe'));
  const resources = bundle === undefined ? join(folder, 'resources') : join(folder, bundle, 'Contents/Resources');
  const program = bundle === undefined ? (isWindows ? 'Heimdall.exe' : 'heimdall-tray') : join(bundle, 'Contents/MacOS', basename(bundle, '.app'));
  return {
    resources,
    executable: join(folder, program),
    agent: [
      join(resources, 'agent/main.js'),
      join(resources, 'node', isWindows ? 'node.exe' : 'node'),
      join(resources, 'bin', isWindows ? 'heimdall.cmd' : 'heimdall'),
    ],
  };
}

function onDisk(folder: string, prefix: string): Packed[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): Packed[] => {
    const file = join(folder, entry.name);
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) return onDisk(file, `${path}/`);
    return [{ path, size: lstatSync(file).size, read: () => readFileSync(file) }];
  });
}

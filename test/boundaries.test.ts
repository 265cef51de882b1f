// Reads the imports and holds them against the table of design §2; every failure says why the arrow is wrong.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const middle = ['catalog', 'dialects', 'policy', 'routing', 'ca', 'audit', 'telemetry', 'config', 'system', 'simulator'] as const;

/** Room → rooms it may import besides itself. `.` is the files directly in src/. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  ...Object.fromEntries(middle.map((room) => [room, ['contract']])),
  proxy: ['contract', ...middle],
  control: ['contract'],
  handlers: ['contract', ...middle, 'proxy', '.'],
  cli: ['contract', ...middle, 'control', '.'],
  '.': ['contract', ...middle, 'proxy', 'control', 'handlers', 'cli'],
};

/** The runtime packages, and the one file that imports each. A new one is a diff that a reviewer sees. */
const packages: Readonly<Record<string, string>> = {
  '@bomb.sh/tab': 'src/cli/completion.ts',
  '@pydantic/genai-prices': 'src/catalog/prices.ts',
  commander: 'src/cli/program.ts',
  'ipaddr.js': 'src/proxy/address-guard.ts',
  pino: 'src/telemetry/logger.ts',
  yaml: 'src/contract/yaml-text.ts',
  zod: 'src/contract/schema.ts',
};

interface Import {
  readonly from: string;
  readonly specifier: string;
}

const files = sources(join(root, 'src'));
const imports = files.flatMap(importsOf);

function sources(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? sources(path) : path.endsWith('.ts') ? [relative(root, path)] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"]*?from\s*'([^']+)'|(?:^|\n)import '([^']+)'|\bimport\('([^']+)'\)|new URL\('(\.[^']+\.ts)'/g);
  return [...found].map((match) => ({ from: file, specifier: match[1] ?? match[2] ?? match[3] ?? match[4] ?? '' }));
}

function roomOf(file: string): string {
  const [, second = '', ...rest] = file.split('/');
  return rest.length === 0 ? '.' : second;
}

function targetOf({ from, specifier }: Import): string {
  return normalize(join(dirname(from), specifier));
}

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const isRelative = ({ specifier }: Import) => specifier.startsWith('.');
const isBuiltin = (specifier: string) => specifier.startsWith('node:') || builtinModules.includes(specifier);

describe('boundaries', () => {
  it('finds imports at all', () => {
    expect(imports.length).toBeGreaterThan(200);
  });

  it('every arrow points down the table of rooms, never sideways', () => {
    const wrong = imports.filter(isRelative).flatMap((entry) => {
      const from = roomOf(entry.from);
      const to = roomOf(targetOf(entry));
      const allowed = from === to || (mayImport[from]?.includes(to) ?? false);
      return allowed
        ? []
        : [
            `${entry.from} imports ${targetOf(entry)}: ${from}/ may know ${mayImport[from]?.join(', ') ?? 'nothing (unknown room)'}; join rooms in proxy/exchange.ts or agent.ts`,
          ];
    });
    expect(wrong).toEqual([]);
  });

  it('src imports nothing of electron, renderer, test or demo', () => {
    const wrong = imports.filter((entry) => (isRelative(entry) ? !targetOf(entry).startsWith('src/') : packageOf(entry.specifier) === 'electron'));
    expect(wrong).toEqual([]);
  });

  it('each runtime package has exactly one importing file', () => {
    const importers: Record<string, string[]> = {};
    for (const entry of imports.filter((candidate) => !isRelative(candidate) && !isBuiltin(candidate.specifier))) {
      (importers[packageOf(entry.specifier)] ??= []).push(entry.from);
    }
    const found = Object.fromEntries(Object.entries(importers).map(([name, users]) => [name, [...new Set(users)].join(', ')]));
    expect(found).toEqual(packages);
  });

  it('the dependencies of package.json are the packages that are imported, no more and no fewer', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    expect(Object.keys(manifest.dependencies).sort()).toEqual(Object.keys(packages).sort());
  });

  it('builtins are imported with the node: prefix', () => {
    expect(imports.filter(({ specifier }) => builtinModules.includes(specifier) && !specifier.startsWith('node:'))).toEqual([]);
  });

  it('no file is named utils, helpers, common or manager, and there are no barrels', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|[^/]*manager|index)\.ts$/.test(file))).toEqual([]);
  });

  it('source files open with a comment that says what they are for', () => {
    const silent = files.filter((file) => !/^(#![^\n]*\n)?(\/\/|\/\*\*)/.test(readFileSync(join(root, file), 'utf8')));
    expect(silent).toEqual([]);
  });

  it('nothing names any, ts-ignore or eslint-disable', () => {
    const wrong = files.filter((file) =>
      /:\s*any\s*[;,)=|&>\]]|\bas any\b|<any>|@ts-ignore|@ts-expect-error|eslint-disable/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  it('files stay under 400 lines, tables of data excepted', () => {
    const long = files.filter((file) => !file.startsWith('src/catalog/') && readFileSync(join(root, file), 'utf8').split('\n').length > 400);
    expect(long).toEqual([]);
  });
});

// Reads the imports and holds them against the table of design §2; every failure says why the arrow is wrong.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const middle = ['catalog', 'dialects', 'policy', 'routing', 'ca', 'audit', 'telemetry', 'config', 'system', 'simulator', 'budgets', 'keys'] as const;

/** Room → rooms it may import besides itself. `.` is the files directly in src/. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  ...Object.fromEntries(middle.map((room) => [room, ['contract']])),
  proxy: ['contract', ...middle],
  control: ['contract'],
  doctor: ['contract', ...middle, 'proxy', 'control'],
  handlers: ['contract', ...middle, 'proxy', 'doctor', '.'],
  cli: ['contract', ...middle, 'control', 'doctor', '.'],
  '.': ['contract', ...middle, 'proxy', 'control', 'doctor', 'handlers', 'cli'],
};

/** The other bodies, and what each may import beside itself: files, or folders with a slash at the end. */
const bodies: Readonly<Record<string, readonly string[]>> = {
  // The client of the contract and where its socket is; the rest of the agent is another process.
  electron: ['src/contract/', 'src/control/client.ts', 'src/control/path.ts', 'src/config/paths.ts'],
  renderer: ['src/contract/'],
};

/** The runtime packages, and the one file that imports each, or the one folder. A new one is a diff that a reviewer sees. */
const packages: Readonly<Record<string, string>> = {
  '@bomb.sh/tab': 'src/cli/completion.ts',
  '@marcbachmann/cel-js': 'src/routing/cel.ts',
  '@napi-rs/keyring': 'src/keys/system-store-worker.ts',
  '@opentelemetry/api': 'src/telemetry/otlp/traces.ts',
  '@opentelemetry/exporter-metrics-otlp-http': 'src/telemetry/otlp/meters.ts',
  '@opentelemetry/exporter-trace-otlp-http': 'src/telemetry/otlp/traces.ts',
  '@opentelemetry/resources': 'src/telemetry/otlp/channel.ts',
  '@opentelemetry/sdk-metrics': 'src/telemetry/otlp/meters.ts',
  '@opentelemetry/sdk-trace': 'src/telemetry/otlp/traces.ts',
  '@pydantic/genai-prices': 'src/catalog/prices.ts',
  '@tanstack/react-table': 'renderer/views/activity/columns.tsx',
  '@tanstack/react-virtual': 'renderer/views/activity/activity-table.tsx',
  commander: 'src/cli/program.ts',
  'electron-store': 'electron/preferences.ts',
  'ipaddr.js': 'src/proxy/address-guard.ts',
  'jsonc-parser': 'src/system/tools/json-edit.ts',
  koffi: 'src/proxy/upstream/negotiate-token.ts',
  // The face is written in them: pictures and components anywhere in it, the headless parts behind our own.
  'lucide-react': 'renderer/',
  'pac-resolver': 'src/proxy/upstream/pac-evaluator-worker.ts',
  'prom-client': 'src/telemetry/metrics.ts',
  pino: 'src/telemetry/logger.ts',
  'quickjs-wasi': 'src/proxy/upstream/pac-evaluator-worker.ts',
  'radix-ui': 'renderer/parts/',
  react: 'renderer/',
  'react-dom': 'renderer/main.tsx',
  uplot: 'renderer/views/status/traffic-chart.tsx',
  yaml: 'src/contract/yaml-text.ts',
  zod: 'src/contract/schema.ts',
};

interface Import {
  readonly from: string;
  readonly specifier: string;
}

const files = ['src', 'electron', 'renderer', 'build'].flatMap((body) => sources(join(root, body)));
const imports = files.flatMap(importsOf);
const inAgent = imports.filter(({ from }) => from.startsWith('src/'));

function sources(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? sources(path) : /\.tsx?$/.test(path) ? [relative(root, path)] : [];
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
    const wrong = inAgent.filter(isRelative).flatMap((entry) => {
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
    const wrong = inAgent.filter((entry) => (isRelative(entry) ? !targetOf(entry).startsWith('src/') : packageOf(entry.specifier) === 'electron'));
    expect(wrong).toEqual([]);
  });

  it.each(Object.keys(bodies))('%s knows the contract and what is named here, nothing else of the agent', (body) => {
    const wrong = imports
      .filter((entry) => entry.from.startsWith(`${body}/`) && isRelative(entry))
      .filter((entry) => ![`${body}/`, ...(bodies[body] ?? [])].some((allowed) => targetOf(entry).startsWith(allowed)));
    expect(wrong).toEqual([]);
  });

  it('the face knows no Node, and only the shell knows Electron', () => {
    const wrong = imports.filter(
      ({ from, specifier }) => (from.startsWith('renderer/') && isBuiltin(specifier)) || (!from.startsWith('electron/') && packageOf(specifier) === 'electron'),
    );
    expect(wrong).toEqual([]);
  });

  it('each runtime package has exactly one importing file or folder', () => {
    const importers: Record<string, string[]> = {};
    for (const entry of imports.filter((candidate) => !isRelative(candidate) && !isBuiltin(candidate.specifier) && !candidate.from.startsWith('build/'))) {
      const name = packageOf(entry.specifier);
      const place = packages[name];
      if (name === 'electron' || name.startsWith('virtual:')) continue; // the runtime itself, and what the bundler makes
      (importers[name] ??= []).push(place?.endsWith('/') === true && entry.from.startsWith(place) ? place : entry.from);
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
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|[^/]*manager|index)\.tsx?$/.test(file))).toEqual([]);
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

// What the package managers of developers have installed for everyone or for this user: npm, pip, pipx, uv, cargo, editor extensions. Names of folders and one list; nothing is run.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemPath } from '../surface.ts';
import { expand, namesIn } from './folder-patterns.ts';
import type { FoundPackage, PackagePlace } from './found-package.ts';

export async function toolPackages(place: PackagePlace): Promise<readonly FoundPackage[]> {
  return (await Promise.all([npmPackages(place), pythonPackages(place), pythonTools(place), cargoPackages(place), editorExtensions(place)])).flat();
}

const text = (value: string | undefined): readonly string[] => (value === undefined || value === '' ? [] : [value]);

/** The same folder under the home, whatever the system. */
const inHome = ({ home }: PackagePlace, paths: readonly string[]): readonly string[] => paths.map((path) => join(home, path));
const inSystem = (place: PackagePlace, paths: readonly string[]): readonly string[] =>
  place.platform === 'win32' ? [] : paths.map((path) => systemPath(place, path));

async function npmPackages(place: PackagePlace): Promise<readonly FoundPackage[]> {
  const { env, home } = place;
  const npmrc = await readFile(join(home, '.npmrc'), 'utf8').catch(() => '');
  const prefix = /^prefix\s*=\s*(.+?)\s*$/m.exec(npmrc)?.[1]?.replace(/^~(?=[\\/]|$)|^\$\{HOME\}/, home);
  const prefixes = [...text(env['NPM_CONFIG_PREFIX']), ...text(env['npm_config_prefix']), ...text(prefix)];
  const folders = [
    ...prefixes.flatMap((each) => [join(each, 'lib/node_modules'), join(each, 'node_modules')]),
    ...text(env['APPDATA']).map((folder) => join(folder, 'npm/node_modules')),
    ...inSystem(place, ['/usr/lib/node_modules', '/usr/local/lib/node_modules', '/opt/homebrew/lib/node_modules']),
    ...inHome(place, [
      '.npm-global/lib/node_modules',
      '.local/lib/node_modules',
      '.nvm/versions/node/*/lib/node_modules',
      '.local/share/fnm/node-versions/*/installation/lib/node_modules',
      '.volta/tools/image/packages/*/lib/node_modules',
      '.bun/install/global/node_modules',
      '.local/share/pnpm/global/*/node_modules',
      'Library/pnpm/global/*/node_modules',
    ]),
  ];
  return await inEach(folders, async (folder) => {
    const names = await namesIn(folder);
    const scoped = await Promise.all(
      names.filter((name) => name.startsWith('@')).map(async (scope) => (await namesIn(join(folder, scope))).map((name) => `${scope}/${name}`)),
    );
    return [...names.filter((name) => !/^[@.]/.test(name)), ...scoped.flat()].map((name) => ({
      kind: 'npm' as const,
      name: name.toLowerCase(),
      list: `npm package in ${folder}`,
    }));
  });
}

async function pythonPackages(place: PackagePlace): Promise<readonly FoundPackage[]> {
  const { env } = place;
  const folders = [
    ...inSystem(place, [
      '/usr/lib/python3/dist-packages',
      '/usr/lib/python3*/site-packages',
      '/usr/local/lib/python3*/dist-packages',
      '/usr/local/lib/python3*/site-packages',
      '/opt/homebrew/lib/python3*/site-packages',
      '/Library/Frameworks/Python.framework/Versions/*/lib/python3*/site-packages',
    ]),
    ...inHome(place, ['.local/lib/python3*/site-packages', 'Library/Python/*/lib/python/site-packages', '.pyenv/versions/*/lib/python3*/site-packages']),
    ...text(env['APPDATA']).map((folder) => join(folder, 'Python/Python3*/site-packages')),
    ...text(env['LOCALAPPDATA']).map((folder) => join(folder, 'Programs/Python/Python3*/Lib/site-packages')),
  ];
  return await inEach(folders, async (folder) =>
    (await namesIn(folder)).flatMap((entry) => {
      const [, name, version] = /^(.+?)-(\d[^-]*)(?:-.*)?\.(?:dist-info|egg-info)$/.exec(entry) ?? [];
      return name === undefined ? [] : [{ kind: 'pip' as const, name: pythonName(name), version, list: `Python package in ${folder}` }];
    }),
  );
}

/** Environments of their own, one per tool, called after it. */
async function pythonTools(place: PackagePlace): Promise<readonly FoundPackage[]> {
  const { env } = place;
  const folders = [
    ...inHome(place, ['.local/share/pipx/venvs', '.local/pipx/venvs', 'pipx/venvs', '.local/share/uv/tools', 'Library/Application Support/pipx/venvs']),
    ...text(env['APPDATA']).map((folder) => join(folder, 'uv/tools')),
  ];
  return await inEach(folders, async (folder) =>
    (await namesIn(folder)).map((name) => ({ kind: 'pip' as const, name: pythonName(name), list: `Python tool in ${folder}` })),
  );
}

/** PEP 503: runs of dots, dashes and underscores are one dash. */
const pythonName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

async function cargoPackages({ env, home }: PackagePlace): Promise<readonly FoundPackage[]> {
  const list = await readFile(join(env['CARGO_HOME'] ?? join(home, '.cargo'), '.crates.toml'), 'utf8').catch(() => '');
  return [...list.matchAll(/^"([^"\s]+) ([^"\s]+) \([^"]*\)"\s*=/gm)].flatMap(([, name, version]) =>
    name === undefined ? [] : [{ kind: 'cargo' as const, name: name.toLowerCase(), version, list: 'cargo package' }],
  );
}

const editorFolders = ['.vscode', '.vscode-insiders', '.vscode-oss', '.vscode-server', '.cursor', '.cursor-server', '.windsurf', '.windsurf-server'];

async function editorExtensions(place: PackagePlace): Promise<readonly FoundPackage[]> {
  return await inEach(
    inHome(
      place,
      editorFolders.map((folder) => `${folder}/extensions`),
    ),
    async (folder) =>
      (await namesIn(folder)).flatMap((entry) => {
        const [, name, version] = /^([a-z0-9-]+\.[a-z0-9._-]+?)-(\d[^-]*)(?:-.*)?$/i.exec(entry) ?? [];
        return name === undefined
          ? []
          : [{ kind: 'extensions' as const, name: name.toLowerCase(), version, list: `editor extension in ${basename(join(folder, '..'))}` }];
      }),
  );
}

async function inEach(patterns: readonly string[], read: (folder: string) => Promise<readonly FoundPackage[]>): Promise<readonly FoundPackage[]> {
  const folders = new Set((await Promise.all(patterns.map(expand))).flat());
  return (await Promise.all([...folders].map(read))).flat();
}

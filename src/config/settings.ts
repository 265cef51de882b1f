// Loads settings: managed over command line over user over environment over default, each value knowing the layer it came from.
import { readFileSync, statSync } from 'node:fs';
import { AgentError } from '../contract/errors.ts';
import { z } from '../contract/schema.ts';
import { Settings } from '../contract/settings.ts';
import type { SettingsLayer } from '../contract/settings.ts';
import type { Target } from '../contract/target.ts';
import type { UpstreamProxy } from '../contract/upstream-proxy.ts';
import { environmentLayer, gatewayUrlVariable } from './environment.ts';
import { layerOf, mergeLayers } from './layers.ts';
import type { Layer } from './layers.ts';
import { absolutePath, heimdallPaths } from './paths.ts';
import type { Machine } from './paths.ts';
import type { FileAccess } from './secrets.ts';
import { readSettingsFile } from './settings-file.ts';
import type { SettingsTree } from './settings-file.ts';
import { resolveSettingsSecrets, withHiddenSecrets } from './settings-secrets.ts';
import type { SettingsSecrets } from './settings-secrets.ts';
import { resolveUpstreamProxy } from './upstream-proxy.ts';
import { resolveTargets } from './targets.ts';
import type { SettingsConcern } from './targets.ts';

export interface LoadSettingsOptions extends Machine {
  /** What the command line says; weaker than managed settings alone. */
  readonly overrides?: Partial<z.input<typeof Settings>>;
  /** User settings file in place of the usual one; must exist. */
  readonly settingsFile?: string | undefined;
  /** Data folder in place of the usual one. */
  readonly dataDir?: string | undefined;
  readonly files?: FileAccess;
}

export interface LoadedSettings {
  /** Complete: defaults filled in, paths absolute. A key written in place is not enumerable, so it is not printed. */
  readonly settings: Settings;
  /** Resolved, by preference; empty means the simulator. */
  readonly targets: readonly Target[];
  /** The proxy of the organisation that the settings name, `direct` where they want none; undefined: what the machine has. Not enumerable, for its password. */
  readonly upstreamProxy: UpstreamProxy | undefined;
  /** Not enumerable. */
  readonly secrets: SettingsSecrets;
  /** Absolute; not made yet. */
  readonly dataDir: string;
  /** The files that were read. */
  readonly sources: readonly { readonly layer: SettingsLayer; readonly path: string }[];
  readonly concerns: readonly SettingsConcern[];
  /** The user's settings file: the one that was read, or the place of a first one. */
  readonly userFile: string;
  readonly managedFile: string | undefined;
  /** Whose machine this was loaded for. */
  readonly machine: Machine;
  /** Loads once more from the same places, for what has changed since. */
  reload(): LoadedSettings;
  /** The strongest layer that sets something at this path (`network.connectTo`), `default` when none does. */
  layerOf(path: string): SettingsLayer;
}

const disk: FileAccess = { read: (path) => readFileSync(path, 'utf8'), mode: (path) => statSync(path).mode };

/** Throws `settings-invalid`, saying which file or variable, where in it, and why. */
export function loadSettings(options: LoadSettingsOptions): LoadedSettings {
  const files = options.files ?? disk;
  const paths = heimdallPaths(options);
  const managed = firstOf(paths.managedFiles, files, options);
  const user = userFile(options, paths.userFiles, files);
  const layers: readonly Layer[] = [
    { name: 'managed', tree: managed?.tree },
    { name: 'command-line', tree: commandLine(options) },
    { name: 'user', tree: user?.tree },
    { name: 'environment', tree: environmentLayer(options) },
  ];
  const settings = Settings.parse(mergeLayers(layers));
  for (const [what, entries] of [
    ['routes', settings.routes],
    ['virtual keys', settings.virtualKeys],
    ['budgets', settings.budgets],
  ] as const)
    refuseTwins(what, entries);
  const places = { platform: options.platform, env: options.env, files };
  const { targets, concerns } = resolveTargets(settings.targets, places);
  const upstream = resolveUpstreamProxy(settings.network.upstreamProxy, places);
  const further = resolveSettingsSecrets(settings, places);
  const loaded: LoadedSettings = {
    settings: withHiddenSecrets(settings),
    secrets: further.secrets,
    targets,
    upstreamProxy: undefined,
    dataDir: options.dataDir === undefined ? paths.dataDir : absolutePath(options.dataDir, options.cwd, options),
    sources: [...(managed ? [{ layer: 'managed' as const, path: managed.path }] : []), ...(user ? [{ layer: 'user' as const, path: user.path }] : [])],
    concerns: [...concerns, ...upstream.concerns, ...further.concerns, ...overridden(layers)],
    userFile: user?.path ?? paths.userFiles[0] ?? '',
    managedFile: managed?.path,
    machine: { platform: options.platform, env: options.env, home: options.home, cwd: options.cwd },
    reload: () => loadSettings(options),
    layerOf: (path) => layerOf(layers, path.split('.')),
  };
  return Object.defineProperties(loaded, {
    upstreamProxy: { value: upstream.proxy, enumerable: false },
    secrets: { value: further.secrets, enumerable: false },
  });
}

/** The JSON Schema of the settings file, as published in `schema/settings.schema.json`. */
export function settingsJsonSchema(): SettingsTree {
  return { title: 'Heimdall settings', ...z.toJSONSchema(Settings, { io: 'input' }) };
}

interface FoundFile {
  readonly path: string;
  readonly tree: SettingsTree;
}

function firstOf(candidates: readonly string[], files: FileAccess, machine: Machine): FoundFile | undefined {
  for (const path of candidates) {
    const tree = readSettingsFile(path, files, machine);
    if (tree !== undefined) return { path, tree };
  }
  return undefined;
}

function userFile(options: LoadSettingsOptions, usual: readonly string[], files: FileAccess): FoundFile | undefined {
  const named = options.settingsFile ?? options.env['HEIMDALL_CONFIG'];
  if (named === undefined || named === '') return firstOf(usual, files, options);
  const path = absolutePath(named, options.cwd, options);
  const tree = readSettingsFile(path, files, options);
  if (tree === undefined) {
    const by = options.settingsFile === undefined ? 'HEIMDALL_CONFIG names' : '--settings names';
    throw new AgentError('settings-invalid', `There is no settings file ${path}, which ${by}. Correct the path or create the file.`);
  }
  return { path, tree };
}

function commandLine(options: LoadSettingsOptions): SettingsTree {
  const { policyFile, ...rest } = options.overrides ?? {};
  const tree = { ...rest, ...(policyFile === undefined ? {} : { policyFile: absolutePath(policyFile, options.cwd, options) }) };
  const parsed = Settings.safeParse(tree);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `command line: ${path.join('.')}: ${message}`);
    throw new AgentError('settings-invalid', `${faults.join('\n')}\nCorrect the option; --help shows what it takes.`);
  }
  return tree;
}

/** An id names one thing: in rows, on the command line, in the file of what was spent. */
function refuseTwins(what: string, entries: readonly { readonly id: string }[]): void {
  const twin = entries.find(({ id }, index) => entries.findIndex((other) => other.id === id) !== index);
  if (twin !== undefined) throw new AgentError('settings-invalid', `Two ${what} have the id ${JSON.stringify(twin.id)}. Give each its own.`);
}

/** A gateway given by the environment that a file's list of targets silently replaces would surprise. */
function overridden(layers: readonly Layer[]): SettingsConcern[] {
  const environment = layers.find((layer) => layer.name === 'environment');
  const winner = layerOf(layers, ['targets']);
  if (environment?.tree?.['targets'] === undefined || winner === 'environment') return [];
  return [{ code: 'settings-overridden', detail: `${gatewayUrlVariable} is set, but the ${winner} settings list targets` }];
}

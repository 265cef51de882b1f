// Reads one settings file, YAML or JSON, and says exactly what is wrong with it.
import { readCheckedText } from '../contract/checked-text.ts';
import { AgentError, messageOf } from '../contract/errors.ts';
import { Settings } from '../contract/settings.ts';
import { parseYaml, YamlFault } from '../contract/yaml-text.ts';
import { absolutePath, pathsOf } from './paths.ts';
import type { Machine } from './paths.ts';
import type { FileAccess } from './secrets.ts';

export type SettingsTree = Readonly<Record<string, unknown>>;

/** The file as written, relative paths made absolute; undefined when there is none. Throws `settings-invalid` with `FILE:LINE:COL: reason`. */
export function readSettingsFile(path: string, files: FileAccess, machine: Machine): SettingsTree | undefined {
  const source = readSource(path, files);
  if (source === undefined) return undefined;
  const written = checked(source, path);
  return anchored(written, pathsOf(machine.platform).dirname(path), machine);
}

function readSource(path: string, files: FileAccess): string | undefined {
  try {
    return files.read(path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR')) return undefined;
    // A file that is there must not be passed over in silence: it may be the administrator's.
    throw new AgentError('settings-invalid', `The settings file ${path} cannot be read: ${messageOf(cause)}. Correct its permissions or remove it.`, { cause });
  }
}

/** What the file says itself, without the defaults that checking fills in. */
function checked(source: string, path: string): SettingsTree {
  try {
    const written = parseYaml(source, path).value;
    if (written === null) return {}; // an empty file sets nothing
    readCheckedText(Settings, source, path);
    return written as SettingsTree;
  } catch (cause) {
    if (cause instanceof YamlFault) throw new AgentError('settings-invalid', cause.message, { cause });
    throw cause;
  }
}

/** Paths in a file start from the folder of the file. */
function anchored(tree: SettingsTree, folder: string, machine: Machine): SettingsTree {
  const absolute = (path: string): string => absolutePath(path, folder, machine);
  const { policyFile, network, targets, ...rest } = tree as Partial<Settings>;
  return {
    ...rest,
    ...(policyFile === undefined ? {} : { policyFile: absolute(policyFile) }),
    ...(network === undefined ? {} : { network: anchoredRoots(network, absolute) }),
    ...(targets === undefined ? {} : { targets: targets.map((target) => anchoredKey(target, absolute)) }),
  };
}

function anchoredRoots(network: Partial<Settings['network']>, absolute: (path: string) => string): Partial<Settings['network']> {
  return network.extraRoots === undefined ? network : { ...network, extraRoots: network.extraRoots.map(absolute) };
}

function anchoredKey(target: Settings['targets'][number], absolute: (path: string) => string): Settings['targets'][number] {
  if (target.kind !== 'gateway' || typeof target.virtualKey !== 'object' || !('file' in target.virtualKey)) return target;
  return { ...target, virtualKey: { file: absolute(target.virtualKey.file) } };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

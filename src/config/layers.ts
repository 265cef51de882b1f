// Lays settings over each other: groups merge key by key, lists, single values and settings that are one of several forms replace.
import type { SettingsLayer } from '../contract/settings.ts';
import type { SettingsTree } from './settings-file.ts';

export interface Layer {
  readonly name: SettingsLayer;
  readonly tree: SettingsTree | undefined;
}

/** A proxy of one layer with the password of another would be neither's. */
const whole: ReadonlySet<string> = new Set(['upstreamProxy']);

/** `layers` stand strongest first. */
export function mergeLayers(layers: readonly Layer[]): SettingsTree {
  return layers.reduceRight<SettingsTree>((below, layer) => merge(below, layer.tree ?? {}), {});
}

/** The strongest layer that has something at this path. */
export function layerOf(layers: readonly Layer[], path: readonly string[]): SettingsLayer {
  return layers.find((layer) => has(layer.tree, path))?.name ?? 'default';
}

/** Made from entries, so that a key named `__proto__` stays a key. */
function merge(below: SettingsTree, above: SettingsTree): SettingsTree {
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...keys].map((key) => [key, (whole.has(key) ? own(above, key) : undefined) ?? mergeValue(own(below, key), own(above, key))]));
}

function mergeValue(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  return isTree(below) && isTree(above) ? merge(below, above) : above;
}

function has(tree: unknown, path: readonly string[]): boolean {
  const value = path.reduce<unknown>((at, key) => (isTree(at) ? own(at, key) : undefined), tree);
  return value !== undefined;
}

function own(tree: SettingsTree, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}

function isTree(value: unknown): value is SettingsTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// A file of settings as text: how one key is read, set and taken out without touching a byte of the rest.

export type SettingValue = string | number | boolean | readonly string[];

/** From the outermost table to the key: `['env', 'HTTPS_PROXY']`. */
export type SettingPath = readonly string[];

export interface SettingsFormat {
  /** In words: `JSON`. */
  readonly name: string;
  /** What a new file starts from. */
  readonly blank: string;
  /** Why the text cannot be understood, in words; undefined when it can. Such a text is never edited. */
  fault(text: string): string | undefined;
  /** Undefined where there is no such key, or it holds something else than a plain value. */
  get(text: string, path: SettingPath): SettingValue | undefined;
  /** Whether the key, or the table, is there. */
  has(text: string, path: SettingPath): boolean;
  /** Changes the value, or adds the key, and the tables around it, behind what is there. */
  set(text: string, path: SettingPath, value: SettingValue): string;
  remove(text: string, path: SettingPath): string;
  /** Takes the table out if there is nothing in it. */
  prune(text: string, path: SettingPath): string;
}

export interface Setting {
  readonly path: SettingPath;
  readonly value: SettingValue;
}

export const sameSetting = (a: SettingValue | undefined, b: SettingValue | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The line ending a text uses. */
export const lineEnding = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

export const byteOrderMark = '\uFEFF';

/**
 * Takes `keys` out of `text` where they still hold what we put there, and gives back what `original` held; a key that holds something else
 * is somebody's own. Tables that were made for our keys go when nothing is left in them.
 */
export function takenOut(
  format: SettingsFormat,
  text: string,
  keys: readonly SettingPath[],
  sides: { readonly original: string; readonly ours: string },
): string {
  return keys.toReversed().reduce((result, path) => {
    if (!sameSetting(format.get(result, path), format.get(sides.ours, path))) return result;
    const before = format.get(sides.original, path);
    if (before !== undefined) return format.set(result, path, before);
    const without = format.remove(result, path);
    const tables = path.slice(0, -1).map((_, index) => path.slice(0, index + 1));
    return tables.toReversed().reduce((left, table) => (format.has(sides.original, table) ? left : format.prune(left, table)), without);
  }, text);
}

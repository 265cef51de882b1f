// The settings file of a tool as a surface: only our keys are set, and only they are taken out again.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../contract/errors.ts';
import { localPortsIn } from '../local-port.ts';
import type { Register, SetupMachine, SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';
import { sameSetting, takenOut } from './settings-format.ts';
import type { Setting, SettingPath, SettingsFormat, SettingValue } from './settings-format.ts';
import { tilde } from './tool-places.ts';

export type ReadSetting = (path: SettingPath) => SettingValue | undefined;

interface SettingsFile {
  /** `claude-code` */
  readonly tool: string;
  /** `Claude Code` */
  readonly title: string;
  readonly file: string;
  readonly format: SettingsFormat;
  /** What will stand there, in words. */
  readonly to: string;
  /** Every key that may ever be set here. */
  readonly paths: readonly SettingPath[];
  /** What is set, given what the file holds without us. */
  readonly keys: (read: ReadSetting) => readonly Setting[];
  /** Ports of this computer that the file sends traffic to, where its values do not say it like addresses. */
  readonly ports?: (read: ReadSetting) => readonly number[];
  /** Why the file is left alone, with what to do. */
  readonly refusal?: (read: ReadSetting) => string | undefined;
  /** Permissions of a file that is made new. */
  readonly mode?: number;
}

export function settingsSurface(machine: SetupMachine, settings: SettingsFile): SetupSurface {
  const { tool, title, file, format, paths } = settings;
  const reader =
    (text: string): ReadSetting =>
    (path) =>
      format.get(text, path);
  const edit = (text: string | undefined): string | undefined => {
    const before = text ?? format.blank;
    if (format.fault(before) !== undefined) return text;
    const keys = settings.keys(reader(before)).filter(({ path, value }) => !sameSetting(format.get(before, path), value));
    return keys.length === 0 ? text : keys.reduce((result, { path, value }) => format.set(result, path, value), before);
  };
  const surface = textFile({
    id: `tools.${tool}:${file}`,
    file,
    mode: settings.mode ?? 0o600,
    edit,
    strip: (text, { original = '', ours }) => {
      // What cannot be understood any more is not ours to repair.
      if ([text, original, ours].some((each) => format.fault(each) !== undefined)) return undefined;
      const changed = paths.filter((path) => !sameSetting(format.get(ours, path), format.get(original, path)));
      return takenOut(format, text, changed, { original, ours });
    },
  });
  const portsOf = (text: string): readonly number[] =>
    format.fault(text) !== undefined ? [] : (settings.ports?.(reader(text)) ?? paths.flatMap((path) => localPortsIn(String(format.get(text, path) ?? ''))));

  return {
    ...surface,
    group: 'tools',
    life: 'live',
    what: `Settings of ${title} (${tilde(machine, file)})`,
    to: settings.to,
    localPorts: (value) => [...new Set(portsOf(textIn(value) ?? ''))],
    neutral: (value) => {
      const text = textIn(value);
      if (text === undefined || portsOf(text).length === 0) return value;
      const named = paths.filter((path) => settings.ports !== undefined || localPortsIn(String(format.get(text, path) ?? '')).length > 0);
      return { text: named.reduce((result, path) => format.remove(result, path), text) };
    },
    obstacle: () => Promise.resolve(obstacleOf(machine, settings, edit)),
  };
}

function textIn(value: Register): string | undefined {
  const text = typeof value === 'object' && value !== null && 'text' in value ? value.text : undefined;
  return typeof text === 'string' ? text : undefined;
}

function obstacleOf(
  machine: SetupMachine,
  { title, file, format, refusal }: SettingsFile,
  edit: (text: string | undefined) => string | undefined,
): string | undefined {
  const name = tilde(machine, file);
  const again = 'then run `heimdall setup` again.';
  const isThere = existsSync(file);
  const text = isThere ? readFileSync(file, 'utf8') : format.blank;
  if (text.includes('\uFFFD')) return `${name} is not written in UTF-8, so Heimdall would damage it. Save it as UTF-8, ${again}`;
  const fault = format.fault(text);
  if (fault !== undefined) return `${name} is not valid ${format.name} (${fault}), so it was not touched. Correct it, ${again}`;
  const refused = refusal?.((path) => format.get(text, path));
  if (refused !== undefined) return refused;
  try {
    edit(text);
  } catch (error) {
    return `${name} is not built as ${title} expects it (${messageOf(error)}), so it was not touched. Correct it, ${again}`;
  }
  return mayWrite(file) ? undefined : `${name} cannot be written by this user. Make it writable, ${again}`;
}

function mayWrite(file: string): boolean {
  let place = file;
  while (!existsSync(place) && place !== dirname(place)) place = dirname(place);
  try {
    accessSync(place, constants.W_OK);
    // The new text is put in place of the old one, which takes the right to the folder.
    accessSync(place === file ? dirname(file) : place, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

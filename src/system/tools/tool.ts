// A tool whose settings are wired: where its files are on this machine, and the surface of each.
import type { SetupMachine, SetupSurface } from '../surface.ts';
import type { SettingPath, SettingsFormat } from './settings-format.ts';

export interface Tool {
  /** As in the ids of its surfaces: `tools.<id>:<file>`. */
  readonly id: string;
  /** The files to wire; none where the tool is not there. */
  files(machine: SetupMachine): readonly string[];
  surface(machine: SetupMachine, file: string): SetupSurface;
  /** Where its files name certificates of the user's, which our bundles must hold too. */
  readonly certificates?: (file: string) => { readonly format: SettingsFormat; readonly paths: readonly SettingPath[] };
}

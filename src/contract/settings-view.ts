// Settings as a person sees and changes them: value, where it came from, who locked it.
import type { SettingsLayer } from './settings.ts';

/** The settings a window may change; everything else is the settings file's. */
export const editableSettings = ['gateway.url', 'gateway.virtualKey', 'port', 'portFallback', 'audit.retentionDays', 'log.level', 'policyFile'] as const;
export type EditableSetting = (typeof editableSettings)[number];

export interface SettingEntry {
  readonly key: EditableSetting;
  /** A secret is `set` or `not set`, never itself. */
  readonly value: string | number | boolean | null;
  readonly secret: boolean;
  readonly layer: SettingsLayer;
  /** The file of that layer, where it is one. */
  readonly file: string | undefined;
  /** Who keeps it from being changed here: a sentence; absent where it may be changed. */
  readonly lockedBy: string | undefined;
}

export interface SettingsView {
  readonly entries: readonly SettingEntry[];
  /** The user's file, which `settings.set` writes. */
  readonly userFile: string;
  readonly managedFile: string | undefined;
  /** Something was changed since the agent started: it must be restarted to take effect. */
  readonly needsRestart: boolean;
}

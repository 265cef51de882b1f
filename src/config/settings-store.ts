// Settings as a window shows and changes them: reads each entry with its layer, writes the user's file whole or not at all.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';
import { editableSettings } from '../contract/settings-view.ts';
import type { EditableSetting, SettingEntry, SettingsView } from '../contract/settings-view.ts';
import type { Settings, SettingsLayer } from '../contract/settings.ts';
import { withValue } from '../contract/yaml-text.ts';
import type { LoadedSettings } from './settings.ts';

export type SettingValue = string | number | boolean | null;

/** Where a setting stands in the file; the two of the gateway share the list of targets. */
const places: Readonly<Record<EditableSetting, string>> = {
  'gateway.url': 'targets',
  'gateway.virtualKey': 'targets',
  port: 'port',
  portFallback: 'portFallback',
  'audit.retentionDays': 'audit.retentionDays',
  'log.level': 'log.level',
  policyFile: 'policyFile',
};

export class SettingsStore {
  readonly #running: LoadedSettings;
  #now: LoadedSettings;

  /** `running` is what the agent was started with. */
  constructor(running: LoadedSettings) {
    this.#running = running;
    this.#now = running;
  }

  view(): SettingsView {
    const { userFile, managedFile } = this.#now;
    return {
      entries: editableSettings.map((key) => this.#entry(key)),
      userFile,
      managedFile,
      needsRestart: fingerprint(this.#now) !== fingerprint(this.#running),
    };
  }

  /** Throws `not-allowed` where the entry is locked, `settings-invalid` where the value does not fit; the file is then as it was. */
  set(key: EditableSetting, value: SettingValue): SettingsView {
    const { lockedBy } = this.#entry(key);
    if (lockedBy !== undefined) throw new AgentError('not-allowed', `${key} cannot be changed here. ${lockedBy}`);
    const keyFile = join(this.#now.dataDir, 'virtual-key');
    if (key === 'gateway.virtualKey' && typeof value === 'string' && value !== '') writePrivate(keyFile, `${value.trim()}\n`);
    this.#write(this.#edited(key, value === '' ? null : value, keyFile));
    if (key === 'gateway.virtualKey' && (value === null || value === '')) rmSync(keyFile, { force: true });
    return this.view();
  }

  #edited(key: EditableSetting, value: SettingValue, keyFile: string): string {
    const { userFile, settings } = this.#now;
    const source = readOrEmpty(userFile);
    const path = places[key].split('.');
    if (key === 'gateway.url') return withValue(source, userFile, path, withGateway(settings.targets, { url: value }));
    if (key === 'gateway.virtualKey') {
      if (!settings.targets.some(({ kind }) => kind === 'gateway')) {
        throw new AgentError('settings-invalid', 'A virtual key needs a gateway. Set the URL of the gateway first.');
      }
      return withValue(source, userFile, path, withGateway(settings.targets, { virtualKey: value === null ? null : { file: keyFile } }));
    }
    return withValue(source, userFile, path, value ?? undefined);
  }

  /** Puts the new text in place and reads all settings again; what does not load is taken back. */
  #write(text: string): void {
    const { userFile } = this.#now;
    const before = readOrUndefined(userFile);
    try {
      writePrivate(userFile, text);
    } catch (cause) {
      throw new AgentError('settings-invalid', `The settings file ${userFile} cannot be written: ${messageOf(cause)}. Correct its permissions.`, { cause });
    }
    try {
      this.#now = this.#running.reload();
    } catch (error) {
      if (before === undefined) rmSync(userFile, { force: true });
      else writePrivate(userFile, before);
      throw error;
    }
  }

  #entry(key: EditableSetting): SettingEntry {
    const { settings } = this.#now;
    const layer = this.#now.layerOf(places[key]);
    return { key, value: valueOf(settings, key), secret: key === 'gateway.virtualKey', layer, file: this.#fileOf(layer), lockedBy: this.#lock(layer) };
  }

  #fileOf(layer: SettingsLayer): string | undefined {
    if (layer === 'managed') return this.#now.managedFile;
    return layer === 'user' ? this.#now.userFile : undefined;
  }

  #lock(layer: SettingsLayer): string | undefined {
    if (layer === 'managed') return `Your administrator set it in ${this.#now.managedFile ?? 'the managed settings'}.`;
    return layer === 'command-line' ? 'It was given on the command line that started the agent.' : undefined;
  }
}

function valueOf(settings: Settings, key: EditableSetting): SettingValue {
  const gateway = settings.targets.find((target) => target.kind === 'gateway');
  switch (key) {
    case 'gateway.url':
      return gateway?.url ?? null;
    case 'gateway.virtualKey':
      return gateway?.virtualKey === undefined ? null : 'set';
    case 'port':
      return settings.port;
    case 'portFallback':
      return settings.portFallback;
    case 'audit.retentionDays':
      return settings.audit.retentionDays;
    case 'log.level':
      return settings.log.level;
    case 'policyFile':
      return settings.policyFile ?? null;
  }
}

interface GatewayChange {
  readonly url?: SettingValue;
  readonly virtualKey?: { readonly file: string } | null;
}

/** The list of targets with the first gateway changed, added or taken out; undefined when nothing is left. */
function withGateway(targets: Settings['targets'], change: GatewayChange): unknown {
  const at = targets.findIndex(({ kind }) => kind === 'gateway');
  const others = targets.filter((_, index) => index !== at).map(plain);
  if (change.url === null) return others.length === 0 ? undefined : others;
  const before = at === -1 ? { id: 'gateway', kind: 'gateway' } : plain(targets[at]);
  const after = Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== null));
  return at === -1 ? [after, ...others] : [...others.slice(0, at), after, ...others.slice(at)];
}

/** A copy with the key written in place, which does not show itself when copied. */
function plain(target: Settings['targets'][number] | undefined): Record<string, unknown> {
  return target?.kind === 'gateway' && target.virtualKey !== undefined ? { ...target, virtualKey: target.virtualKey } : { ...target };
}

/** Differs when anything differs that takes effect at start. */
function fingerprint({ settings, targets }: LoadedSettings): string {
  const keys = targets.map((target) => (target.kind === 'gateway' ? (target.virtualKey ?? '') : ''));
  return JSON.stringify([settings, keys]);
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const readOrEmpty = (file: string): string => readOrUndefined(file) ?? '';

function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flush: true });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

// The JetBrains programs and Android Studio: `options/proxy.settings.xml` of every version.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupMachine } from '../surface.ts';
import type { Setting } from './settings-format.ts';
import { settingsSurface } from './settings-surface.ts';
import type { ReadSetting } from './settings-surface.ts';
import type { Tool } from './tool.ts';
import { settingsHomes } from './tool-places.ts';
import { xmlFormat } from './xml-edit.ts';

const component = 'HttpConfigurable';
const names = ['USE_HTTP_PROXY', 'PROXY_HOST', 'PROXY_PORT', 'PROXY_TYPE_IS_SOCKS', 'PROXY_AUTHENTICATION', 'USE_PROXY_PAC', 'PROXY_EXCEPTIONS'] as const;

/** Patterns, not ranges, is what these programs read. */
const local = ['localhost', '127.*', '[::1]', '*.local', '10.*', '192.168.*', '169.254.*'] as const;

/** A host by hand rather than the PAC file: extensions read the host and port, and few of them read a PAC file. */
function keysOf(machine: SetupMachine, read: ReadSetting): readonly Setting[] {
  const theirs = String(read([component, 'PROXY_EXCEPTIONS']) ?? '')
    .split(/[,|]\s*/)
    .filter((each) => each !== '');
  const values: Readonly<Partial<Record<(typeof names)[number], string>>> = {
    USE_HTTP_PROXY: 'true',
    PROXY_HOST: '127.0.0.1',
    PROXY_PORT: String(machine.port()),
    PROXY_EXCEPTIONS: [...new Set([...theirs, ...local])].join(','),
    // Off is what they are without being named.
    ...off(read, ['PROXY_TYPE_IS_SOCKS', 'PROXY_AUTHENTICATION', 'USE_PROXY_PAC']),
  };
  return Object.entries(values).map(([name, value]) => ({ path: [component, name], value }));
}

const off = (read: ReadSetting, switches: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(switches.filter((name) => read([component, name]) === 'true').map((name) => [name, 'false']));

/** `IntelliJIdea2026.2`; the other folders beside them hold licences and logs. */
const isVersion = (name: string): boolean => /^[A-Za-z]+-?\d{4}\.\d+(?:\.\d+)?$/.test(name);

export const jetbrains: Tool = {
  id: 'jetbrains',
  files: (machine) =>
    settingsHomes(machine)
      .flatMap((home) => ['JetBrains', 'Google'].map((vendor) => join(home, vendor)))
      .filter((folder) => existsSync(folder))
      .flatMap((folder) =>
        readdirSync(folder)
          .filter(isVersion)
          .sort()
          .map((name) => join(folder, name, 'options')),
      )
      .filter((folder) => existsSync(folder))
      .map((folder) => join(folder, 'proxy.settings.xml')),
  surface: (machine, file) =>
    settingsSurface(machine, {
      tool: 'jetbrains',
      title: file.split(/[\\/]/).at(-3) ?? 'JetBrains',
      file,
      format: xmlFormat,
      to: 'Its traffic goes to Heimdall from its next start on (manual proxy)',
      paths: names.map((name) => [component, name]),
      keys: (read) => keysOf(machine, read),
      ports: (read) => {
        const port = Number(read([component, 'PROXY_PORT']));
        const isLocal = ['127.0.0.1', 'localhost', '::1'].includes(String(read([component, 'PROXY_HOST'])));
        return read([component, 'USE_HTTP_PROXY']) === 'true' && isLocal && port > 0 ? [port] : [];
      },
      mode: 0o644,
    }),
};

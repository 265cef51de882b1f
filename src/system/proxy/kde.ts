// The proxy settings of KDE Plasma, in its file kioslaverc.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pacUrl, systemPath } from '../surface.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { iniFormat } from '../tools/ini-edit.ts';
import type { SettingPath } from '../tools/settings-format.ts';
import { settingsSurface } from '../tools/settings-surface.ts';
import { settingsHome } from '../tools/tool-places.ts';

/** KConfig: keys and groups in their case, values plain. */
export const kdeFormat = iniFormat({
  name: 'KDE settings',
  hasSections: true,
  separator: '=',
  indent: '',
  continues: 'never',
  key: /^([ \t]*)([^=\s[#][^=]*?)[ \t]*(?:(=)[ \t]*|$)/,
  allowsBare: false,
  canonical: (name) => name,
  quoted: (value) => value,
  unquoted: (raw) => raw,
});

const section = 'Proxy Settings';
export const kdeKeys = { type: [section, 'ProxyType'], script: [section, 'Proxy Config Script'] } as const satisfies Readonly<Record<string, SettingPath>>;

export const kdeFile = (machine: SetupMachine): string => join(settingsHome(machine), 'kioslaverc');

export function kdeProxy(machine: SetupMachine): readonly SetupSurface[] {
  const file = kdeFile(machine);
  const isHere = existsSync(file) || existsSync(systemPath(machine, '/usr/bin/plasmashell')) || /KDE/i.test(machine.env['XDG_CURRENT_DESKTOP'] ?? '');
  if (!isHere) return [];
  const surface = settingsSurface(machine, {
    tool: 'kde',
    title: 'KDE',
    file,
    format: kdeFormat,
    to: `automatic, with ${pacUrl(machine)}`,
    paths: [kdeKeys.type, kdeKeys.script],
    // 2: by the address of a script.
    keys: () => [
      { path: kdeKeys.type, value: '2' },
      { path: kdeKeys.script, value: pacUrl(machine) },
    ],
  });
  return [
    {
      ...surface,
      id: `proxy.kde:${file}`,
      group: 'proxy',
      what: 'Network proxy of the KDE desktop (kioslaverc)',
      write: async (value) => {
        await surface.write(value);
        // Programs that run learn of it; without a session bus there are none.
        await machine.run('dbus-send', ['--type=signal', '/KIO/Scheduler', 'org.kde.KIO.Scheduler.reparseSlaveConfiguration', 'string:']);
      },
    },
  ];
}

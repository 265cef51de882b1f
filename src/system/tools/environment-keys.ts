// The variables that send a tool to the proxy, for tools that read variables from a file of their own.
import { mergedNoProxy } from '../no-proxy.ts';
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import type { Setting, SettingPath } from './settings-format.ts';
import type { ReadSetting } from './settings-surface.ts';
import { mayReplace } from './user-certificates.ts';

const proxyNames = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

/** Every variable that may be set below `table`. */
export function environmentPaths(table: SettingPath, bundles: readonly string[]): readonly SettingPath[] {
  return [...proxyNames.flatMap((name) => [name, name.toLowerCase()]), 'ALL_PROXY', 'all_proxy', ...bundles].map((name) => [...table, name]);
}

/** `bundles`: variable → file. A variable in small letters is set only where the user has it: it would win over ours. */
export function environmentKeys(machine: SetupMachine, read: ReadSetting, table: SettingPath, bundles: Readonly<Record<string, string>>): readonly Setting[] {
  const at = (name: string): SettingPath => [...table, name];
  const theirs = read(at('NO_PROXY')) ?? read(at('no_proxy'));
  const values: readonly (readonly [name: string, value: string])[] = [
    ['HTTPS_PROXY', proxyUrl(machine)],
    ['HTTP_PROXY', proxyUrl(machine)],
    ['NO_PROXY', mergedNoProxy(typeof theirs === 'string' ? theirs : undefined)],
  ];
  const further = [
    ...values.map(([name, value]) => [name.toLowerCase(), value] as const),
    ['ALL_PROXY', proxyUrl(machine)],
    ['all_proxy', proxyUrl(machine)],
  ] as const;
  const certificates = Object.entries(bundles).filter(([name, file]) => mayReplace(read(at(name)), file));
  return [...values, ...further.filter(([name]) => read(at(name)) !== undefined), ...certificates].map(([name, value]) => ({ path: at(name), value }));
}

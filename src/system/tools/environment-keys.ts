// The variables that send a tool to the proxy, for tools that read variables from a file of their own.
import { existsSync } from 'node:fs';
import { extraBundle } from '../bundle-files.ts';
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

/** For programs that add it to their roots: the certificate alone where the bundle was not made, as without the surfaces of the environment. */
export const addedCertificates = (machine: SetupMachine): string => (existsSync(extraBundle(machine)) ? extraBundle(machine) : machine.ca.file);

/**
 * `bundles`: variable → file. Both ways to write a name are set: Claude Code takes `https_proxy` of the shell before `HTTPS_PROXY` of its
 * settings. `ALL_PROXY` is changed only where the user has it. A bundle that is not there is not named:
 * a program without roots reaches nothing.
 */
export function environmentKeys(machine: SetupMachine, read: ReadSetting, table: SettingPath, bundles: Readonly<Record<string, string>>): readonly Setting[] {
  const at = (name: string): SettingPath => [...table, name];
  const theirs = [read(at('NO_PROXY')), read(at('no_proxy'))].filter((value) => typeof value === 'string').join(',');
  const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy', ...['ALL_PROXY', 'all_proxy'].filter((name) => read(at(name)) !== undefined)];
  const values: readonly (readonly [name: string, value: string])[] = [
    ...proxies.map((name) => [name, proxyUrl(machine)] as const),
    ...['NO_PROXY', 'no_proxy'].map((name) => [name, mergedNoProxy(theirs)] as const),
    ...Object.entries(bundles).filter(([name, file]) => existsSync(file) && mayReplace(read(at(name)), file)),
  ];
  return values.map(([name, value]) => ({ path: at(name), value }));
}

// Tools that do not speak to AI keep a proxy that the user gave them.
import type { SettingPath, SettingValue } from './settings-format.ts';
import type { ReadSetting } from './settings-surface.ts';

const ours = /^http:\/\/(?:127\.0\.0\.1|host\.docker\.internal):\d+$/;

/** Whether the user has a proxy in one of the places. */
export const hasOwnProxy = (read: ReadSetting, paths: readonly SettingPath[]): boolean => paths.some((path) => isSet(read(path)));

/** As a sentence, without what may be secret in its address. */
export function ownProxyRefusal(title: string, read: ReadSetting, paths: readonly SettingPath[]): string | undefined {
  const proxy = paths.map(read).find((value) => isSet(value) && !ours.test(String(value)));
  if (proxy === undefined) return undefined;
  return `${title} has a proxy of its own (${hostOf(String(proxy))}), which is left as it is, since ${title} itself does not speak to AI. There is nothing to do.`;
}

const isSet = (value: SettingValue | undefined): boolean => value !== undefined && value !== '' && value !== 'null';

function hostOf(proxy: string): string {
  try {
    return new URL(proxy).host || 'its address is not readable';
  } catch {
    return 'its address is not readable';
  }
}

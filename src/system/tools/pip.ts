// pip: the proxy in its user file, where the user has none.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { combinedBundle } from '../bundle-files.ts';
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { pipFormat } from './ini-dialects.ts';
import { hasOwnProxy, ownProxyRefusal } from './own-proxy.ts';
import type { SettingPath } from './settings-format.ts';
import { settingsSurface } from './settings-surface.ts';
import type { Tool } from './tool.ts';
import { hasProgram, settingsHome } from './tool-places.ts';
import { mayReplace } from './user-certificates.ts';

const proxy: SettingPath = ['global', 'proxy'];
const bundle: SettingPath = ['global', 'cert'];

/** The places pip reads, the one that wins first: pip.pypa.io/en/stable/topics/configuration. */
function places(machine: SetupMachine): readonly string[] {
  const { env, home, platform } = machine;
  if (platform === 'win32') return [join(settingsHome(machine), 'pip', 'pip.ini'), join(home, 'pip', 'pip.ini')];
  const usual = [join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'pip', 'pip.conf'), join(home, '.pip', 'pip.conf')];
  const mac = join(settingsHome(machine), 'pip');
  return platform === 'darwin' && existsSync(mac) ? [join(mac, 'pip.conf'), ...usual] : usual;
}

export const pip: Tool = {
  id: 'pip',
  files: (machine) => {
    const known = places(machine);
    const existing = known.find((file) => existsSync(file));
    if (existing !== undefined) return [existing];
    return ['pip', 'pip3'].some((name) => hasProgram(machine, name)) ? known.slice(0, 1) : [];
  },
  surface: (machine, file) =>
    settingsSurface(machine, {
      tool: 'pip',
      title: 'pip',
      file,
      format: pipFormat,
      to: 'Its traffic goes to Heimdall (`proxy`)',
      paths: [proxy, bundle],
      keys: (read) => {
        if (hasOwnProxy(read, [proxy])) return [];
        const theirs = read(bundle);
        const certificates = theirs !== undefined && mayReplace(theirs, combinedBundle(machine)) ? [{ path: bundle, value: combinedBundle(machine) }] : [];
        return [{ path: proxy, value: proxyUrl(machine) }, ...certificates];
      },
      refusal: (read) => ownProxyRefusal('pip', read, [proxy]),
      mode: 0o644,
    }),
  certificates: () => ({ format: pipFormat, paths: [bundle] }),
};

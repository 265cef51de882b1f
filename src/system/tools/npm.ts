// npm: the proxy in `.npmrc`, where the user has none. Tokens in it are neither read nor told.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { combinedBundle } from '../bundle-files.ts';
import { mergedNoProxy } from '../no-proxy.ts';
import { proxyUrl } from '../surface.ts';
import { npmFormat } from './ini-dialects.ts';
import { hasOwnProxy, ownProxyRefusal } from './own-proxy.ts';
import type { SettingPath } from './settings-format.ts';
import { settingsSurface } from './settings-surface.ts';
import type { Tool } from './tool.ts';
import { hasProgram } from './tool-places.ts';
import { mayReplace } from './user-certificates.ts';

const proxies: readonly SettingPath[] = [['https-proxy'], ['proxy'], ['http-proxy']];
const bundle: SettingPath = ['cafile'];

export const npm: Tool = {
  id: 'npm',
  files: (machine) => {
    const file = machine.env['NPM_CONFIG_USERCONFIG'] || machine.env['npm_config_userconfig'] || join(machine.home, '.npmrc');
    return existsSync(file) || hasProgram(machine, 'npm') ? [file] : [];
  },
  surface: (machine, file) =>
    settingsSurface(machine, {
      tool: 'npm',
      title: 'npm',
      file,
      format: npmFormat,
      to: 'Its traffic goes to Heimdall (`proxy`, `https-proxy` and `noproxy`)',
      paths: [...proxies, ['noproxy'], bundle],
      keys: (read) => {
        if (hasOwnProxy(read, proxies)) return [];
        const [noProxy, theirs] = [read(['noproxy']), read(bundle)];
        return [
          { path: ['proxy'], value: proxyUrl(machine) },
          { path: ['https-proxy'], value: proxyUrl(machine) },
          { path: ['noproxy'], value: mergedNoProxy(typeof noProxy === 'string' ? noProxy : undefined) },
          ...(theirs !== undefined && mayReplace(theirs, combinedBundle(machine)) ? [{ path: bundle, value: combinedBundle(machine) }] : []),
        ];
      },
      refusal: (read) => ownProxyRefusal('npm', read, proxies),
    }),
  certificates: () => ({ format: npmFormat, paths: [bundle] }),
};

// The Docker client: the proxy it hands to new containers, where the user has none.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mergedNoProxy } from '../no-proxy.ts';
import { jsonFormat } from './json-edit.ts';
import { hasOwnProxy, ownProxyRefusal } from './own-proxy.ts';
import type { SettingPath } from './settings-format.ts';
import { settingsSurface } from './settings-surface.ts';
import type { Tool } from './tool.ts';
import { hasProgram } from './tool-places.ts';

const table = ['proxies', 'default'];
const proxies: readonly SettingPath[] = [
  [...table, 'httpsProxy'],
  [...table, 'httpProxy'],
];
const noProxy: SettingPath = [...table, 'noProxy'];

const onLinux =
  'On Linux a container cannot reach 127.0.0.1 of this computer, where Heimdall listens, so containers are not sent to it. ' +
  'Run `heimdall env --for docker` to see what a container needs.';

/*
 * Docker Desktop leads host.docker.internal to the loopback address of the computer. `httpProxy` is not set: containers that call each
 * other by name over plain HTTP would be sent out to a proxy that does not know these names.
 */
export const docker: Tool = {
  id: 'docker',
  files: (machine) => {
    const folder = machine.env['DOCKER_CONFIG'] || join(machine.home, '.docker');
    return existsSync(folder) || hasProgram(machine, 'docker') ? [join(folder, 'config.json')] : [];
  },
  surface: (machine, file) =>
    settingsSurface(machine, {
      tool: 'docker',
      title: 'the Docker client',
      file,
      format: jsonFormat,
      to: 'HTTPS of new containers goes to Heimdall (`proxies.default`); `heimdall env --for docker` says how an image trusts its certificate',
      paths: [proxies[0] ?? [], noProxy],
      keys: (read) => {
        if (hasOwnProxy(read, proxies)) return [];
        const theirs = read(noProxy);
        return [
          { path: proxies[0] ?? [], value: `http://host.docker.internal:${machine.port()}` },
          { path: noProxy, value: mergedNoProxy(typeof theirs === 'string' ? theirs : undefined) },
        ];
      },
      refusal: (read) => (machine.platform === 'linux' ? onLinux : ownProxyRefusal('The Docker client', read, proxies)),
    }),
};

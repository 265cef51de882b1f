// git: `http.proxy`, where the user has none.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { combinedBundle } from '../bundle-files.ts';
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { gitFormat } from './ini-dialects.ts';
import { hasOwnProxy, ownProxyRefusal } from './own-proxy.ts';
import type { SettingPath } from './settings-format.ts';
import { settingsSurface } from './settings-surface.ts';
import type { Tool } from './tool.ts';
import { hasProgram } from './tool-places.ts';
import { mayReplace } from './user-certificates.ts';

const proxy: SettingPath = ['http', 'proxy'];
/** A bundle here stands in place of git's own roots; GIT_SSL_CAINFO of the environment wins over it. */
const bundle: SettingPath = ['http', 'sslCAInfo'];

const generalFile = ({ home }: SetupMachine): string => join(home, '.gitconfig');
const xdgFile = ({ env, home }: SetupMachine): string => join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'git', 'config');

/** The other of the two files that git reads: a proxy there is the user's too. */
function refusalOf(machine: SetupMachine, file: string): string | undefined {
  const other = file === generalFile(machine) ? xdgFile(machine) : generalFile(machine);
  if (!existsSync(other)) return undefined;
  const text = readFileSync(other, 'utf8');
  return gitFormat.fault(text) === undefined ? ownProxyRefusal('git', (path) => gitFormat.get(text, path), [proxy]) : undefined;
}

export const git: Tool = {
  id: 'git',
  files: (machine) => {
    // A new ~/.gitconfig beside a file in ~/.config would change where `git config --global` writes.
    const existing = [generalFile(machine), xdgFile(machine)].find((file) => existsSync(file));
    return existing === undefined ? (hasProgram(machine, 'git') ? [generalFile(machine)] : []) : [existing];
  },
  surface: (machine, file) =>
    settingsSurface(machine, {
      tool: 'git',
      title: 'git',
      file,
      format: gitFormat,
      to: 'Its traffic goes to Heimdall (`http.proxy`)',
      paths: [proxy, bundle],
      keys: (read) => {
        if (hasOwnProxy(read, [proxy])) return [];
        const theirs = read(bundle);
        const certificates = theirs !== undefined && mayReplace(theirs, combinedBundle(machine)) ? [{ path: bundle, value: combinedBundle(machine) }] : [];
        return [{ path: proxy, value: proxyUrl(machine) }, ...certificates];
      },
      refusal: (read) => ownProxyRefusal('git', read, [proxy]) ?? refusalOf(machine, file),
      mode: 0o644,
    }),
  certificates: () => ({ format: gitFormat, paths: [bundle] }),
};

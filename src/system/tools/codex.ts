// Codex: `.env` in its folder, which it loads before anything else, and what its commands inherit where `config.toml` withholds it.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { combinedBundle } from '../bundle-files.ts';
import type { SetupMachine } from '../surface.ts';
import { addedCertificates, environmentKeys, environmentPaths } from './environment-keys.ts';
import { dotenvFormat } from './ini-dialects.ts';
import { settingsSurface } from './settings-surface.ts';
import type { ReadSetting } from './settings-surface.ts';
import { tomlFormat } from './toml-edit.ts';
import type { Tool } from './tool.ts';
import { hasProgram } from './tool-places.ts';

/*
 * `config.toml` has no key for a proxy: it follows the environment (openai/codex, codex-rs/arg0/src/lib.rs loads `.env` into it).
 * `features.respect_system_proxy` is for machines without these variables; it is unstable, warns at each start, and leaves WebSockets
 * out on some systems (openai/codex#29958), so it is not set. Variables named CODEX_… are not taken from `.env`: the certificate goes
 * into SSL_CERT_FILE, which it reads too.
 */
const table = ['shell_environment_policy', 'set'];
const bundleNames = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'];

/** Whether the commands that Codex runs get none of its variables but those in `set`. */
function withholds(read: ReadSetting): boolean {
  const inherit = read(['shell_environment_policy', 'inherit']);
  return (inherit === 'none' || inherit === 'core') && read(['shell_environment_policy', 'include_only']) === undefined;
}

function hasWithholding(file: string): boolean {
  if (!existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  return tomlFormat.fault(text) !== undefined || withholds((path) => tomlFormat.get(text, path));
}

export const codex: Tool = {
  id: 'codex',
  files: (machine) => {
    const folder = machine.env['CODEX_HOME'] || join(machine.home, '.codex');
    if (!existsSync(folder) && !hasProgram(machine, 'codex')) return [];
    const config = join(folder, 'config.toml');
    return [join(folder, '.env'), ...(hasWithholding(config) ? [config] : [])];
  },
  surface: (machine, file) => (basename(file) === 'config.toml' ? configSurface(machine, file) : dotenvSurface(machine, file)),
  certificates: (file) =>
    basename(file) === 'config.toml'
      ? { format: tomlFormat, paths: bundleNames.map((name) => [...table, name]) }
      : { format: dotenvFormat, paths: [['SSL_CERT_FILE']] },
};

const dotenvSurface = (machine: SetupMachine, file: string): ReturnType<Tool['surface']> =>
  settingsSurface(machine, {
    tool: 'codex',
    title: 'Codex',
    file,
    format: dotenvFormat,
    to: 'Its traffic goes to Heimdall, whose certificate it trusts (HTTPS_PROXY, HTTP_PROXY, NO_PROXY and SSL_CERT_FILE)',
    paths: environmentPaths([], ['SSL_CERT_FILE']),
    keys: (read) => environmentKeys(machine, read, [], { SSL_CERT_FILE: combinedBundle(machine) }),
  });

const configSurface = (machine: SetupMachine, file: string): ReturnType<Tool['surface']> =>
  settingsSurface(machine, {
    tool: 'codex',
    title: 'the commands that Codex runs',
    file,
    format: tomlFormat,
    to: 'Their traffic goes to Heimdall, as that of Codex itself (`shell_environment_policy.set`)',
    paths: environmentPaths(table, bundleNames),
    keys: (read) =>
      withholds(read)
        ? environmentKeys(machine, read, table, {
            SSL_CERT_FILE: combinedBundle(machine),
            REQUESTS_CA_BUNDLE: combinedBundle(machine),
            NODE_EXTRA_CA_CERTS: addedCertificates(machine),
          })
        : [],
  });

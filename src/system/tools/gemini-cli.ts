// Gemini CLI: `~/.gemini/.env`, which it loads before it starts the process that does the work.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addedCertificates, environmentKeys, environmentPaths } from './environment-keys.ts';
import { dotenvFormat } from './ini-dialects.ts';
import { settingsSurface } from './settings-surface.ts';
import type { Tool } from './tool.ts';
import { hasProgram, tilde } from './tool-places.ts';

/*
 * Its settings.json has no key for a proxy (google-gemini/gemini-cli, packages/cli/src/config/settings.ts and config.ts read variables).
 * It loads one `.env` only: the nearest above the working folder, then this one, then `~/.env`. So a new file here would hide `~/.env`.
 */
export const geminiCli: Tool = {
  id: 'gemini-cli',
  files: (machine) => {
    const folder = join(machine.env['GEMINI_CLI_HOME'] || machine.home, '.gemini');
    return existsSync(folder) || hasProgram(machine, 'gemini') ? [join(folder, '.env')] : [];
  },
  surface: (machine, file) => {
    const general = join(dirname(dirname(file)), '.env');
    return settingsSurface(machine, {
      tool: 'gemini-cli',
      title: 'Gemini CLI',
      file,
      format: dotenvFormat,
      to: 'Its traffic goes to Heimdall, whose certificate it trusts (HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS)',
      paths: environmentPaths([], ['NODE_EXTRA_CA_CERTS']),
      keys: (read) => environmentKeys(machine, read, [], { NODE_EXTRA_CA_CERTS: addedCertificates(machine) }),
      refusal: () =>
        existsSync(file) || !existsSync(general)
          ? undefined
          : `Gemini CLI reads ${tilde(machine, general)}, which a new ${tilde(machine, file)} would hide, so it follows the variables of the shell instead. ` +
            `To wire it here, copy ${tilde(machine, general)} to ${tilde(machine, file)} and run \`heimdall setup\` again.`,
    });
  },
  certificates: () => ({ format: dotenvFormat, paths: [['NODE_EXTRA_CA_CERTS']] }),
};

// Claude Code: variables in the `env` block of its settings, of the user and, for an administrator, of the whole machine.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemPath } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { addedCertificates, environmentKeys, environmentPaths } from './environment-keys.ts';
import { jsonFormat } from './json-edit.ts';
import { settingsSurface } from './settings-surface.ts';
import type { Tool } from './tool.ts';
import { hasProgram } from './tool-places.ts';

/** Files of the whole machine win over those of a user: code.claude.com/docs/en/settings. */
function managedFolder(machine: SetupMachine): string {
  if (machine.platform === 'darwin') return systemPath(machine, '/Library/Application Support/ClaudeCode');
  if (machine.platform === 'win32') return systemPath(machine, String.raw`C:\Program Files\ClaudeCode`);
  return systemPath(machine, '/etc/claude-code');
}

const managedFile = (machine: SetupMachine): string => join(managedFolder(machine), 'managed-settings.json');

const ours = /^http:\/\/127\.0\.0\.1:\d+$/;

/** The organisation's own proxy for Claude Code wins over what the user's file says. */
function overruled(machine: SetupMachine): string | undefined {
  const file = managedFile(machine);
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const proxy = jsonFormat.fault(text) === undefined ? jsonFormat.get(text, ['env', 'HTTPS_PROXY']) : undefined;
  if (typeof proxy !== 'string' || ours.test(proxy)) return undefined;
  return `${file} sets a proxy for Claude Code on this whole machine, which wins over the user’s settings. Ask the administrator to run \`heimdall setup\`.`;
}

export const claudeCode: Tool = {
  id: 'claude-code',
  files: (machine) => {
    const folder = machine.env['CLAUDE_CONFIG_DIR'] || join(machine.home, '.claude');
    if (!existsSync(folder) && !hasProgram(machine, 'claude') && !existsSync(managedFolder(machine))) return [];
    return [...(machine.isPrivileged ? [managedFile(machine)] : []), join(folder, 'settings.json')];
  },
  surface: (machine, file) => {
    const isManaged = file === managedFile(machine);
    return settingsSurface(machine, {
      tool: 'claude-code',
      title: isManaged ? 'Claude Code for the whole machine' : 'Claude Code',
      file,
      format: jsonFormat,
      to: 'Its traffic goes to Heimdall, whose certificate it trusts (HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS in `env`)',
      paths: environmentPaths(['env'], ['NODE_EXTRA_CA_CERTS']),
      keys: (read) => environmentKeys(machine, read, ['env'], { NODE_EXTRA_CA_CERTS: addedCertificates(machine) }),
      mode: isManaged ? 0o644 : 0o600,
      ...(isManaged || machine.isPrivileged ? {} : { refusal: () => overruled(machine) }),
    });
  },
  certificates: () => ({ format: jsonFormat, paths: [['env', 'NODE_EXTRA_CA_CERTS']] }),
};

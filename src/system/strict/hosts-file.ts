// Every system: names of AI hosts in the hosts file lead to the agent, which listens on port 443 of this machine.
import { join } from 'node:path';
import { systemPath } from '../surface.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';
import { isExactName } from './catalog-addresses.ts';
import { notTheAgent, strictMethod, wrongMethod } from './method.ts';

const begin = '# Heimdall strict capture: begin. It goes when the agent stops; `heimdall restore` takes it out as well.';
const end = '# Heimdall strict capture: end';

export const httpsPort = 443;

export function hostsFileSurface(machine: SetupMachine): SetupSurface {
  const file = hostsFile(machine);
  const names = machine.hosts.filter(isExactName);
  return {
    ...textFile({ id: `strict.hosts:${file}`, file, edit: (text = '') => withBlock(text, names), strip: (text) => withoutBlock(text) }),
    group: 'strict',
    life: 'live',
    what: `Names of this machine (${file})`,
    to:
      `${names.length} AI hosts lead to port ${httpsPort} of this machine, where the agent takes them; it looks the real addresses up by DNS. ` +
      'Hosts that stand in the list as a pattern (*.openai.azure.com) cannot be named there: they are covered by the proxy alone. Programs that look names up by themselves pass it by' +
      (machine.platform === 'darwin' ? '. The packet filter of macOS is not used' : ''),
    obstacle: () => Promise.resolve(obstacle(machine)),
  };
}

function obstacle(machine: SetupMachine): string | undefined {
  if (strictMethod(machine) !== 'hosts') return wrongMethod('hosts');
  if (!machine.isPrivileged)
    return 'Only an administrator may change the hosts file, and the agent must be able to take it back: run the agent as administrator (`sudo heimdall run`).';
  const port = machine.strict?.transparentPort();
  const wrongPort = port === undefined || port === httpsPort ? undefined : `The agent listens on port ${port}, but names can only lead to port ${httpsPort}.`;
  return notTheAgent(machine) ?? wrongPort;
}

function hostsFile(machine: SetupMachine): string {
  if (machine.platform !== 'win32') return systemPath(machine, '/etc/hosts');
  const below = join('System32', 'drivers', 'etc', 'hosts');
  return machine.root === '/' ? join(machine.env['SystemRoot'] ?? 'C:\\Windows', below) : join(machine.root, 'Windows', below);
}

function withBlock(text: string, names: readonly string[]): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const base = withoutBlock(text) ?? text;
  const gap = base === '' || base.endsWith('\n') ? '' : newline;
  // Both: a name that has only an IPv4 line is still looked up by DNS for IPv6.
  const lines = names.flatMap((name) => [`127.0.0.1 ${name}`, `::1 ${name}`]);
  return base + gap + [begin, ...lines, end, ''].join(newline);
}

/** Undefined: there is no block. */
function withoutBlock(text: string): string | undefined {
  const lines = text.split(/(?<=\n)/);
  const from = lines.findIndex((line) => line.trimEnd() === begin);
  const to = lines.findIndex((line, index) => index > from && line.trimEnd() === end);
  return from === -1 || to === -1 ? undefined : [...lines.slice(0, from), ...lines.slice(to + 1)].join('');
}

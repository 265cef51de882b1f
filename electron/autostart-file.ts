// The XDG autostart entry of a Linux desktop: where it is, what stands in it.
import { posix } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The specification ignores a relative XDG_CONFIG_HOME. */
export function autostartFile(env: Environment, home: string): string {
  const config = env['XDG_CONFIG_HOME'];
  return posix.join(config?.startsWith('/') === true ? config : posix.join(home, '.config'), 'autostart', 'heimdall.desktop');
}

/** The text of the entry; `command` is the program and its arguments. */
export function autostartText(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Heimdall',
    'Comment=Governs the AI traffic of this computer',
    `Exec=${command.map(quoted).join(' ')}`,
    'Icon=heimdall',
    'Terminal=false',
    'StartupNotify=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** As the Desktop Entry Specification asks: quoted for its own shell-like reading, then escaped as a string, with % doubled. */
function quoted(argument: string): string {
  const inside = argument.replace(/["`$\\]/g, String.raw`\$&`);
  return `"${inside.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`;
}

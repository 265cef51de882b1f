// The environment that the systemd of a Linux session gives to programs: in its memory now, and from a file at the next login.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';
import { configFolder } from './shell-files.ts';
import { valueSurface } from './value-surface.ts';
import { heimdallVariables } from './variables.ts';

/** In the memory of the session: it is gone with it, whatever happens to the agent. */
export function systemdSession(machine: SetupMachine): SetupSurface {
  const systemctl = (...args: readonly string[]) => machine.run('systemctl', ['--user', ...args]);
  const standing = async (): Promise<ReadonlyMap<string, string> | undefined> => {
    const { code, stdout } = await systemctl('show-environment');
    return code === 0 ? parsedEnvironment(stdout) : undefined;
  };
  return valueSurface(machine, {
    id: 'environment.user',
    what: 'Environment of this session (systemctl --user)',
    to: 'variables that name the proxy and the certificate bundles, for services and desktop programs that are started from now on',
    // A session that has ended holds nothing.
    read: async (names) => {
      const values = await standing();
      return Object.fromEntries(names.map((name) => [name, values?.get(name) ?? null]));
    },
    write: async (changes) => {
      const [set, unset] = [Object.entries(changes).filter(([, value]) => value !== null), Object.entries(changes).filter(([, value]) => value === null)];
      const words = set.map(([name, value]) => `${name}=${value}`);
      if (words.length > 0) mustSucceed('Setting the environment of this session', await systemctl('set-environment', ...words));
      if (unset.length > 0) mustSucceed('Unsetting the environment of this session', await systemctl('unset-environment', ...unset.map(([name]) => name)));
    },
    obstacle: async () =>
      (await standing()) === undefined
        ? 'No systemd session answers here (systemctl --user). Terminals are covered by the start files of their shells.'
        : undefined,
  });
}

/** `FOO=bar`, `FOO=$'a b'`, and `FOO="a b"` of older ones. */
export function parsedEnvironment(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
      const [, name, raw] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
      return name === undefined || raw === undefined ? [] : [[name, unquoted(raw)]];
    }),
  );
}

const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' };

function unquoted(raw: string): string {
  const inner = /^\$?(['"])([\s\S]*)\1$/.exec(raw)?.[2];
  if (inner === undefined) return raw;
  return inner.replace(/\\(x[0-9a-f]{2}|[\s\S])/gi, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (controls[escaped] ?? escaped),
  );
}

/**
 * Read once, when the session begins. A machine that loses power keeps the file, so it is made only where the agent starts with the session:
 * programs would else be sent to a port at which nobody listens.
 */
export function systemdFile(machine: SetupMachine): SetupSurface {
  const file = join(configFolder(machine), 'environment.d', '90-heimdall.conf');
  return {
    ...textFile({ id: `environment.d:${file}`, file, edit: () => fileText(machine), strip: () => '' }),
    group: 'environment',
    life: 'live',
    what: `Environment of coming sessions (${file})`,
    to: 'variables that name the proxy and the certificate bundles, for all programs of the session',
    obstacle: () =>
      Promise.resolve(
        startsWithSession(machine)
          ? undefined
          : 'It is set only where the agent starts with the session, so that no session ever begins with a proxy that does not answer. `heimdall setup --service` sees to that.',
      ),
  };
}

function startsWithSession(machine: SetupMachine): boolean {
  try {
    return readdirSync(join(configFolder(machine), 'systemd', 'user')).some((name) => /heimdall.*\.service$/.test(name));
  } catch {
    return false;
  }
}

function fileText(machine: SetupMachine): string {
  const lines = heimdallVariables(machine, machine.env).map(({ name, value }) => `${name}=${fileQuoted(value)}`);
  return `# Made by Heimdall while its agent runs; gone when it stops.\n${lines.join('\n')}\n`;
}

/** environment.d(5): a value in double quotes, in which `$` names a variable unless it is doubled. */
export function fileQuoted(value: string): string {
  return `"${value.replace(/["\\`]/g, String.raw`\$&`).replaceAll('$', '$$$$')}"`;
}

// The environment that launchd gives to programs that are started from the Dock, the Finder and Spotlight on macOS.
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { valueSurface } from './value-surface.ts';
import type { Values } from './value-surface.ts';

const launchctl = '/bin/launchctl';

/** In the memory of launchd alone: it is gone with the session, whatever happens to the agent. */
export function launchdEnvironment(machine: SetupMachine): SetupSurface {
  const { run } = machine;
  return valueSurface(machine, {
    id: 'environment.launchd',
    what: 'Environment of this session (launchctl)',
    to: 'variables that name the proxy and the certificate bundles, for programs that are started from now on',
    read: async (names) => {
      const values: [string, string | null][] = [];
      for (const name of names) {
        // A name that is not set gives nothing, and exit code 0 or 1 after the system's version.
        const { stdout } = await run(launchctl, ['getenv', name]);
        const value = stdout.replace(/\n$/, '');
        values.push([name, value === '' ? null : value]);
      }
      return Object.fromEntries(values);
    },
    write: async (changes: Values) => {
      for (const [name, value] of Object.entries(changes)) {
        const args = value === null ? ['unsetenv', name] : ['setenv', name, value];
        mustSucceed(`Setting ${name} for this session (launchctl)`, await run(launchctl, args));
      }
    },
    obstacle: () => Promise.resolve(undefined),
  });
}

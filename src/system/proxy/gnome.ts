// The proxy settings of GNOME and the desktops that share them; Chromium, Firefox and most programs with a window follow.
import { localPortsIn } from '../local-port.ts';
import { mustSucceed } from '../run-program.ts';
import { isOwnPac, pacUrl } from '../surface.ts';
import type { Register, SetupMachine, SetupSurface } from '../surface.ts';

const schema = 'org.gnome.system.proxy';

/** `manual` is read, never written: what would be in force were the mode manual, as `https=proxy.corp:8080 http=…`. */
export interface GnomeProxy {
  readonly mode: string;
  readonly url: string;
  readonly manual: string;
  readonly ignored: string;
}

export function gnomeProxy(machine: SetupMachine): SetupSurface {
  const { run } = machine;
  return {
    id: 'proxy.gnome',
    group: 'proxy',
    life: 'live',
    what: 'Network proxy of the desktop (GNOME settings; Chromium, Chrome and Firefox follow it)',
    to: `automatic, with ${pacUrl(machine)}`,
    wanted: (base) => ({ ...(base as object), mode: 'auto', url: pacUrl(machine) }),
    obstacle: async () => {
      for (const key of ['mode', 'autoconfig-url']) {
        const { code, stdout, stderr } = await run('gsettings', ['writable', schema, key]);
        if (code !== 0) {
          return /ENOENT/.test(stderr)
            ? 'This desktop has no gsettings. Command-line tools are covered by the environment; programs with a window need their own proxy setting.'
            : `The desktop's proxy settings cannot be reached (${stderr.trim().split('\n')[0] ?? ''}).`;
        }
        if (stdout.trim() === 'false')
          return `An administrator has locked the desktop's proxy settings (${key}). Ask them to set ${pacUrl(machine)}, or to unlock it.`;
      }
      return undefined;
    },
    read: async (): Promise<Register> => ({ ...(await readGnome(machine)) }),
    write: async (value) => {
      const { mode, url } = value as unknown as GnomeProxy;
      // A value that is the default leaves no trace in the user's database.
      const set = async (key: string, text: string, fallback: string): Promise<void> => {
        const args = text === fallback ? ['reset', schema, key] : ['set', schema, key, text];
        mustSucceed(`Setting ${key} of the desktop's proxy`, await run('gsettings', args));
      };
      // A kill between the two must leave a state that can be told: our address under a mode that is theirs.
      const steps = [() => set('autoconfig-url', url, ''), () => set('mode', mode, 'none')];
      for (const step of isOwnPac(url) ? steps : steps.reverse()) await step();
    },
    // The rest of the settings is not ours: a change there leaves what we have put in force.
    without: ({ current, original, ours }) => {
      const [is, was, our] = [current, original, ours].map((side) => side as unknown as GnomeProxy) as [GnomeProxy, GnomeProxy, GnomeProxy];
      if (!isOwnPac(is.url) && is.url !== our.url) return undefined;
      // A kill between the two settings leaves one of them; a mode that is not ours is somebody's choice.
      return { ...is, url: was.url, mode: is.mode === 'auto' ? was.mode : is.mode };
    },
    localPorts: (value) => {
      const { mode, url, manual } = value as unknown as GnomeProxy;
      return mode === 'manual' ? localPortsIn(manual) : mode === 'auto' ? localPortsIn(url) : [];
    },
    neutral: (value) => ({ ...(value as object), mode: 'none', url: '' }),
  };
}

export async function readGnome({ run }: Pick<SetupMachine, 'run'>): Promise<GnomeProxy> {
  const get = async (key: string, path = schema): Promise<string> =>
    mustSucceed("Reading the desktop's proxy settings", await run('gsettings', ['get', path, key])).trim();
  const text = (value: string): string => value.replace(/^'|'$/g, '');
  const server = async (scheme: string): Promise<string> => {
    const host = text(await get('host', `${schema}.${scheme}`));
    return host === '' ? '' : `${scheme}=${host}:${await get('port', `${schema}.${scheme}`)}`;
  };
  const manual = [await server('https'), await server('http')].filter((each) => each !== '').join(' ');
  return { mode: text(await get('mode')), url: text(await get('autoconfig-url')), manual, ignored: await get('ignore-hosts') };
}

// How programs find the proxy: the address of the agent's PAC file in the system's proxy settings. The PAC ends in DIRECT, so a dead agent costs nobody the network.
import { mustSucceed } from '../run-program.ts';
import { isOwnPac, pacUrl } from '../surface.ts';
import type { Register, SetupMachine, SetupSurface } from '../surface.ts';

export function proxySurfaces(machine: SetupMachine): readonly SetupSurface[] {
  if (machine.platform === 'darwin') return [networkServices(machine)];
  if (machine.platform === 'win32') return [internetSettings(machine)];
  return [gnomeProxy(machine)];
}

const otherProxy = (found: string): string =>
  `A proxy is already set (${found}). Heimdall does not replace it: that would cut you off from it. Point programs at Heimdall one by one, or ask your administrator.`;

function gnomeProxy(machine: SetupMachine): SetupSurface {
  const { run } = machine;
  const schema = 'org.gnome.system.proxy';
  const get = async (key: string): Promise<string> =>
    mustSucceed('Reading the proxy settings', await run('gsettings', ['get', schema, key]))
      .trim()
      .replace(/^'|'$/g, '');
  const read = async (): Promise<{ mode: string; url: string }> => ({ mode: await get('mode'), url: await get('autoconfig-url') });
  return {
    id: 'proxy.gnome',
    group: 'proxy',
    life: 'live',
    what: 'Network proxy of the desktop (GNOME settings; Chromium and Chrome follow it)',
    to: `automatic, with ${pacUrl(machine)}`,
    wanted: () => ({ mode: 'auto', url: pacUrl(machine) }),
    obstacle: async () => {
      const { code, stderr } = await run('gsettings', ['writable', schema, 'mode']);
      if (code !== 0) {
        return /ENOENT/.test(stderr)
          ? 'This desktop has no gsettings. Paste the lines that `npm start` or `heimdall run` prints, or set HTTPS_PROXY for the programs you want covered.'
          : `The desktop's proxy settings cannot be reached (${stderr.trim().split('\n')[0] ?? ''}).`;
      }
      const { mode, url } = await read();
      return mode === 'none' || (mode === 'auto' && isOwnPac(url)) ? undefined : otherProxy(mode === 'auto' ? url : mode);
    },
    read,
    write: async (value) => {
      const { mode, url } = value as { mode: string; url: string };
      mustSucceed('Setting the address of the PAC file', await run('gsettings', ['set', schema, 'autoconfig-url', url]));
      mustSucceed('Setting the proxy mode', await run('gsettings', ['set', schema, 'mode', mode]));
    },
  };
}

type ServicePacs = Readonly<Record<string, { readonly url: string; readonly enabled: boolean }>>;

function networkServices(machine: SetupMachine): SetupSurface {
  const { run } = machine;
  const tool = '/usr/sbin/networksetup';
  const read = async (): Promise<ServicePacs> => {
    // The first line is an explanation; a star marks a service that is switched off.
    const services = mustSucceed('Listing the network services', await run(tool, ['-listallnetworkservices']))
      .split('\n')
      .slice(1)
      .filter((line) => line !== '' && !line.startsWith('*'));
    const found: Record<string, { url: string; enabled: boolean }> = {};
    for (const service of services) {
      const text = mustSucceed(`Reading the proxy of ${service}`, await run(tool, ['-getautoproxyurl', service]));
      const url = /^URL: (.*)$/m.exec(text)?.[1] ?? '';
      found[service] = { url: url === '(null)' ? '' : url, enabled: /^Enabled: Yes$/m.test(text) };
    }
    return found;
  };
  return {
    id: 'proxy.network-services',
    group: 'proxy',
    life: 'live',
    what: 'Automatic proxy configuration of every network service',
    to: `${pacUrl(machine)}, switched on`,
    wanted: (base) => Object.fromEntries(Object.keys(base as ServicePacs).map((service) => [service, { url: pacUrl(machine), enabled: true }])),
    obstacle: async () => {
      const other = Object.entries(await read()).find(([, { url, enabled }]) => enabled && !isOwnPac(url));
      return other === undefined ? undefined : otherProxy(`${other[0]}: ${other[1].url}`);
    },
    read: async (): Promise<Register> => await read(),
    write: async (value) => {
      for (const [service, { url, enabled }] of Object.entries(value as ServicePacs)) {
        // An empty address cannot be set by the tool: the switch is what counts then.
        if (url !== '') mustSucceed(`Setting the proxy of ${service}`, await run(tool, ['-setautoproxyurl', service, url]));
        mustSucceed(`Switching the proxy of ${service}`, await run(tool, ['-setautoproxystate', service, enabled ? 'on' : 'off']));
      }
    },
  };
}

function internetSettings(machine: SetupMachine): SetupSurface {
  const { run } = machine;
  const key = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings';
  const query = async (name: string): Promise<string | null> => {
    const { code, stdout } = await run('reg.exe', ['query', key, '/v', name]);
    return code === 0 ? (new RegExp(`${name}\\s+REG_\\w+\\s+(.*)`).exec(stdout)?.[1]?.trim() ?? null) : null;
  };
  return {
    id: 'proxy.internet-settings',
    group: 'proxy',
    life: 'live',
    what: 'Automatic proxy setup script of this user (Windows Internet settings)',
    to: pacUrl(machine),
    wanted: () => pacUrl(machine),
    obstacle: async () => {
      const [script, manual] = [await query('AutoConfigURL'), await query('ProxyEnable')];
      if (script !== null && !isOwnPac(script)) return otherProxy(script);
      return manual === '0x1' ? otherProxy('a manual proxy') : undefined;
    },
    read: () => query('AutoConfigURL'),
    write: async (value) => {
      const args =
        typeof value === 'string' ? ['add', key, '/v', 'AutoConfigURL', '/t', 'REG_SZ', '/d', value, '/f'] : ['delete', key, '/v', 'AutoConfigURL', '/f'];
      mustSucceed('Setting the setup script', await run('reg.exe', args));
    },
  };
}

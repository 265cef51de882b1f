// The Internet settings of a Windows user (WinINET): browsers and most programs follow them.
import { localPortsIn } from '../local-port.ts';
import { mustSucceed } from '../run-program.ts';
import { pacUrl } from '../surface.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';

const key = String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`;
const policyKey = String.raw`HKLM\Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`;

/** Tells programs that run: settings changed (39), read them again (37). */
const announce = String.raw`$t = Add-Type -PassThru -Namespace Heimdall -Name WinInet -MemberDefinition '[System.Runtime.InteropServices.DllImport("wininet.dll")] public static extern bool InternetSetOption(System.IntPtr h, int o, System.IntPtr b, int l);'; [void]$t::InternetSetOption(0, 39, 0, 0); [void]$t::InternetSetOption(0, 37, 0, 0)`;

export function internetSettings(machine: SetupMachine): SetupSurface {
  const { run } = machine;
  return {
    id: 'proxy.internet-settings',
    group: 'proxy',
    life: 'live',
    what: 'Automatic proxy setup script of this user (Windows Internet settings)',
    to: pacUrl(machine),
    wanted: () => pacUrl(machine),
    obstacle: async () => {
      // By policy, settings are those of the machine, and this user's are not read.
      const perMachine = await queryValue(machine, policyKey, 'ProxySettingsPerUser');
      return perMachine === '0x0' ? `Your organisation sets the proxy for the whole computer. Ask it to set the script ${pacUrl(machine)}.` : undefined;
    },
    read: () => queryValue(machine, key, 'AutoConfigURL'),
    write: async (value) => {
      const args =
        typeof value === 'string' ? ['add', key, '/v', 'AutoConfigURL', '/t', 'REG_SZ', '/d', value, '/f'] : ['delete', key, '/v', 'AutoConfigURL', '/f'];
      mustSucceed('Setting the setup script', await run('reg.exe', args));
      await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', announce]);
    },
    localPorts: (value) => (typeof value === 'string' ? localPortsIn(value) : []),
    neutral: () => null,
  };
}

/** Null: there is no such value. The names of types and values are the same in every language of Windows. */
async function queryValue({ run }: Pick<SetupMachine, 'run'>, path: string, name: string): Promise<string | null> {
  const { code, stdout } = await run('reg.exe', ['query', path, '/v', name]);
  return code === 0 ? (new RegExp(String.raw`^\s*${name}\s+REG_\w+\s+(.*?)\s*$`, 'm').exec(stdout)?.[1] ?? null) : null;
}

/** What a manual proxy of this user says; undefined where it is off. */
export async function manualProxy(machine: Pick<SetupMachine, 'run'>): Promise<{ readonly server: string; readonly override: string } | undefined> {
  if ((await queryValue(machine, key, 'ProxyEnable')) !== '0x1') return undefined;
  const server = await queryValue(machine, key, 'ProxyServer');
  return server === null ? undefined : { server, override: (await queryValue(machine, key, 'ProxyOverride')) ?? '' };
}

// The machine's WinHTTP settings: services and programs without a window of Windows follow them.
import { localPortsIn } from '../local-port.ts';
import { mustSucceed } from '../run-program.ts';
import { pacUrl } from '../surface.ts';
import type { Register, SetupMachine, SetupSurface } from '../surface.ts';

/** As `netsh winhttp show advproxy` prints it, from Windows 11 on. */
interface AdvancedProxy {
  readonly Proxy: string;
  readonly ProxyBypass: string;
  readonly AutoConfigUrl: string;
  readonly AutoDetect: boolean;
}

export function winHttp(machine: SetupMachine): SetupSurface {
  const { run, isPrivileged } = machine;
  const show = async (): Promise<AdvancedProxy | undefined> => {
    const { code, stdout } = await run('netsh.exe', ['winhttp', 'show', 'advproxy']);
    return code === 0 ? parseAdvancedProxy(stdout) : undefined;
  };
  return {
    id: 'proxy.winhttp',
    group: 'proxy',
    life: 'live',
    what: 'Proxy of services (WinHTTP, whole computer)',
    to: `the script ${pacUrl(machine)}`,
    wanted: (base) => ({ ...(base as object), AutoConfigUrl: pacUrl(machine) }),
    obstacle: async () => {
      if (!isPrivileged)
        return 'It belongs to the whole computer: run `heimdall setup --only proxy` as administrator. Programs of your own follow the Internet settings above.';
      return (await show()) === undefined
        ? 'This Windows knows no setup script for services (it came with Windows 11). Programs of your own follow the Internet settings above.'
        : undefined;
    },
    read: async (): Promise<Register> => ({ ...((await show()) ?? { Proxy: '', ProxyBypass: '', AutoConfigUrl: '', AutoDetect: false }) }),
    write: async (value) => {
      const settings = `settings=${JSON.stringify(value)}`;
      mustSucceed('Setting the proxy of services', await run('netsh.exe', ['winhttp', 'set', 'advproxy', 'setting-scope=machine', settings]));
    },
    localPorts: (value) => localPortsIn(JSON.stringify(value)),
    neutral: (value) => ({ ...(value as object), Proxy: '', AutoConfigUrl: '' }),
  };
}

/** The object among the words around it, which are in the language of the system. */
export function parseAdvancedProxy(text: string): AdvancedProxy | undefined {
  const read = (name: string): string => new RegExp(String.raw`"${name}"\s*:\s*"([^"]*)"`).exec(text)?.[1] ?? '';
  if (!/"AutoConfigUrl"\s*:/.test(text)) return undefined;
  return { Proxy: read('Proxy'), ProxyBypass: read('ProxyBypass'), AutoConfigUrl: read('AutoConfigUrl'), AutoDetect: /"AutoDetect"\s*:\s*true/.test(text) };
}

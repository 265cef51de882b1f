// The machine's WinHTTP settings: services and programs without a window of Windows follow them.
import { localPortsIn } from '../local-port.ts';
import { mustSucceed } from '../run-program.ts';
import { isOwnPac, pacUrl } from '../surface.ts';
import type { Register, SetupMachine, SetupSurface } from '../surface.ts';

/** What `netsh winhttp set advproxy` demands, with its names; `show` leaves out what is empty, and adds switches that follow from these. */
interface AdvancedProxy {
  readonly Proxy: string;
  readonly ProxyBypass: string;
  readonly AutoconfigUrl: string;
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
    wanted: (base) => ({ ...(base as object), AutoconfigUrl: pacUrl(machine) }),
    obstacle: async () => {
      if (!isPrivileged)
        return 'It belongs to the whole computer: run `heimdall setup --only proxy` as administrator. Programs of your own follow the Internet settings above.';
      return (await show()) === undefined
        ? 'This Windows knows no setup script for services (it came with Windows 11). Programs of your own follow the Internet settings above.'
        : undefined;
    },
    read: async (): Promise<Register> => ({ ...((await show()) ?? { Proxy: '', ProxyBypass: '', AutoconfigUrl: '', AutoDetect: false }) }),
    write: async (value) => {
      const settings = `settings=${JSON.stringify(value)}`;
      mustSucceed('Setting the proxy of services', await run('netsh.exe', ['winhttp', 'set', 'advproxy', 'setting-scope=machine', settings]));
    },
    // Somebody has changed the rest: our script must not stay in force beside it.
    without: ({ current, original }) => {
      const now = current as unknown as AdvancedProxy;
      return isOwnPac(now.AutoconfigUrl) ? { ...now, AutoconfigUrl: (original as unknown as AdvancedProxy).AutoconfigUrl } : undefined;
    },
    localPorts: (value) => localPortsIn(JSON.stringify(value)),
    neutral: (value) => ({ ...(value as object), Proxy: '', AutoconfigUrl: '' }),
  };
}

/** The object among the words around it, which are in the language of the system. Undefined: this Windows prints none. */
export function parseAdvancedProxy(text: string): AdvancedProxy | undefined {
  const json = /\{[^{}]*\}/.exec(text)?.[0];
  if (json === undefined) return undefined;
  let shown: unknown;
  try {
    shown = JSON.parse(json);
  } catch {
    return undefined;
  }
  // The case of the names differs between versions; an empty address may be shown as a blank.
  const values = new Map(Object.entries(shown as Readonly<Record<string, unknown>>).map(([name, value]) => [name.toLowerCase(), value]));
  const read = (name: string): string => {
    const value = values.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  return { Proxy: read('proxy'), ProxyBypass: read('proxybypass'), AutoconfigUrl: read('autoconfigurl'), AutoDetect: values.get('autodetect') === true };
}

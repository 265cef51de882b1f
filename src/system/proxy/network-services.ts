// The automatic proxy configuration of every network service of macOS: Wi-Fi, Ethernet, and whatever a dock or a VPN brings.
import { localPortsIn } from '../local-port.ts';
import { mustSucceed } from '../run-program.ts';
import { isOwnPac, pacUrl } from '../surface.ts';
import type { Register, SetupMachine, SetupSurface } from '../surface.ts';

const tool = '/usr/sbin/networksetup';

// A type, not an interface: only so is it a value that the ledger can hold.
type ServicePac = { readonly url: string; readonly enabled: boolean };
export type ServicePacs = Readonly<Record<string, ServicePac>>;

export function networkServices(machine: SetupMachine): SetupSurface {
  const { run } = machine;
  return {
    id: 'proxy.network-services',
    group: 'proxy',
    life: 'live',
    what: 'Automatic proxy configuration of every network service',
    to: `${pacUrl(machine)}, switched on`,
    wanted: (base) => Object.fromEntries(Object.keys(base as ServicePacs).map((service) => [service, { url: pacUrl(machine), enabled: true }])),
    obstacle: () => Promise.resolve(undefined),
    read: async (): Promise<Register> => await readServices(machine),
    write: async (value) => {
      // A service may have gone since, with its dock or its VPN.
      const present = new Set(await listServices(machine));
      for (const [service, { url, enabled }] of Object.entries(value as ServicePacs)) {
        if (!present.has(service)) continue;
        // An empty address cannot be set by the tool: the switch is what counts then.
        if (url !== '') mustSucceed(`Setting the proxy of ${service}`, await run(tool, ['-setautoproxyurl', service, url]));
        mustSucceed(`Switching the proxy of ${service}`, await run(tool, ['-setautoproxystate', service, enabled ? 'on' : 'off']));
      }
    },
    // Services come and go; each is put back on its own, and one that somebody has set otherwise stays.
    without: ({ current, original }) => {
      const was = original as ServicePacs;
      const entries = Object.entries(current as ServicePacs).map(([service, now]) => {
        const ours = now.enabled && isOwnPac(now.url);
        return [service, ours ? (was[service] ?? { url: '', enabled: false }) : now] as const;
      });
      return Object.fromEntries(entries);
    },
    localPorts: (value) => Object.values(value as ServicePacs).flatMap(({ url, enabled }) => (enabled ? localPortsIn(url) : [])),
    neutral: (value) =>
      Object.fromEntries(
        Object.entries(value as ServicePacs).map(([service, pac]) => [service, localPortsIn(pac.url).length > 0 ? { ...pac, enabled: false } : { ...pac }]),
      ),
  };
}

async function listServices({ run }: Pick<SetupMachine, 'run'>): Promise<readonly string[]> {
  // The first line is an explanation; a star marks a service that is switched off.
  return mustSucceed('Listing the network services', await run(tool, ['-listallnetworkservices']))
    .split('\n')
    .slice(1)
    .filter((line) => line !== '' && !line.startsWith('*'));
}

export async function readServices(machine: Pick<SetupMachine, 'run'>): Promise<ServicePacs> {
  const found: Record<string, ServicePac> = {};
  for (const service of await listServices(machine)) {
    const text = mustSucceed(`Reading the proxy of ${service}`, await machine.run(tool, ['-getautoproxyurl', service]));
    const url = /^URL: (.*)$/m.exec(text)?.[1] ?? '';
    found[service] = { url: url === '(null)' ? '' : url, enabled: /^Enabled: Yes$/m.test(text) };
  }
  return found;
}

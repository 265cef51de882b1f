// Linux: one nftables table that leads connections to the addresses of AI hosts to the agent, and refuses QUIC to them.
import { mustSucceed } from '../run-program.ts';
import type { Register, SetupMachine, SetupSurface } from '../surface.ts';
import { agentExclusion } from './agent-exclusion.ts';
import { catalogAddresses, dnsResolver, isExactName } from './catalog-addresses.ts';
import type { ResolveName } from './catalog-addresses.ts';
import { hasTable, installation, readTable, removal, tableValue } from './nftables-rules.ts';
import type { TableValue } from './nftables-rules.ts';
import { notTheAgent, strictMethod, wrongMethod } from './method.ts';

/** How long names may take when the table is put; those that come later are added while the agent runs. */
const patienceMs = 3_000;

export function nftablesSurface(machine: SetupMachine, resolve: ResolveName = dnsResolver()): SetupSurface {
  const { run, hosts } = machine;
  const nft = async (...args: readonly string[]): Promise<string> => mustSucceed('nft', await run('nft', args));
  const exclusion = agentExclusion(machine);
  const names = hosts.filter(isExactName).length;
  const excepted = exclusion.kind === 'uid' ? 'Programs that root runs are left alone, as the agent is' : 'The service of the agent is left alone';
  return {
    id: 'strict.nftables',
    group: 'strict',
    life: 'live',
    what: 'Firewall: the nftables table "inet heimdall"',
    to:
      `outgoing connections to port 443 of ${names} AI hosts go through the agent, whatever proxy a program uses or ignores; QUIC to them is refused, so that programs fall back. ` +
      `${excepted}. Hosts that stand in the list as a pattern (*.openai.azure.com) have no address to look up: they are covered by the proxy alone. Containers and virtual machines are not covered`,
    read: async () => {
      if (!hasTable(await nft('-j', 'list', 'tables'))) return null;
      return { ...readTable(await nft('-n', '-j', 'list', 'table', 'inet', 'heimdall')) };
    },
    write: async (value) => {
      if (!isTable(value)) await nft(removal);
      else if (value.port === 0)
        throw new Error('The agent takes no redirected connections, so nothing can be led to it. Start the agent as root, and try again.');
      else await nft(installation(value, (await catalogAddresses(hosts, resolve, patienceMs)).addresses));
    },
    wanted: () => ({ ...tableValue(machine.strict?.transparentPort() ?? 0, exclusion) }),
    // The name is ours: whatever somebody has changed in the table, it goes whole.
    without: () => null,
    localPorts: (value) => (isTable(value) ? [value.port] : []),
    neutral: () => null,
    obstacle: async () => {
      if (strictMethod(machine) !== 'nftables') return wrongMethod('nftables');
      if (!machine.isPrivileged)
        return 'Only root may change the firewall, and the agent must be able to take it back: run the agent as root, as with `sudo heimdall run`.';
      if (notTheAgent(machine)) return notTheAgent(machine);
      const { code, stderr } = await run('nft', ['-j', 'list', 'tables']);
      if (code === -1) return 'The program nft is not there. Install the package nftables.';
      if (code !== 0)
        return `nftables cannot be used on this system (${stderr.trim().split('\n')[0] ?? ''}). A kernel with nf_tables is needed; or set strict.method to "hosts".`;
      return undefined;
    },
  };
}

const isTable = (value: Register): value is Register & TableValue => typeof value === 'object' && value !== null && 'port' in value;

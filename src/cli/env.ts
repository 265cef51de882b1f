// `heimdall env`: prints what a shell, a container or a WSL system needs so that its programs go through the agent.
import { basename } from 'node:path';
import { interceptedHosts } from '../catalog/match.ts';
import type { AgentStatus } from '../contract/status.ts';
import { makeBundles } from '../system/environment/bundle.ts';
import { composeSnippet, containerGuide, devcontainerSnippet, dockerFlags, wslGuide } from '../system/environment/container-guide.ts';
import type { ContainerGuide } from '../system/environment/container-guide.ts';
import { fishScript } from '../system/environment/fish-script.ts';
import { posixScript } from '../system/environment/posix-script.ts';
import { powershellScript } from '../system/environment/powershell-script.ts';
import { lookAround } from '../system/environment/surroundings.ts';
import { heimdallVariables, proxyNames } from '../system/environment/variables.ts';
import { setupMachine } from '../system/setup-machine.ts';
import { proxyUrl } from '../system/surface.ts';
import type { SetupMachine } from '../system/surface.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption, UsageError } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { printable } from './output.ts';

const shells = ['bash', 'zsh', 'sh', 'fish', 'powershell', 'json'] as const;
const places = ['docker', 'devcontainer', 'wsl'] as const;

export const env: CommandSpec = {
  name: 'env',
  summary: 'print the variables of the proxy for a shell, a container or WSL',
  options: [
    { flags: '--shell <name>', description: 'the language to print them in (default: that of your shell)', choices: shells },
    { flags: '--for <place>', description: 'what a container or a WSL system needs instead', choices: places },
    dataDirOption,
  ],
  examples: [
    ['eval "$(heimdall env)"', 'this bash or zsh goes through the agent; nothing is changed on the machine'],
    ['heimdall env --shell fish | source', 'the same for fish'],
    ['heimdall env --shell powershell | Out-String | Invoke-Expression', 'the same for PowerShell'],
    ['heimdall env --for docker', 'flags for `docker run`, and lines for a compose file'],
    ['heimdall env --for devcontainer', 'lines for devcontainer.json'],
    ['heimdall env --for wsl', 'what a WSL system needs, and whether it can reach the proxy at all'],
    ['heimdall env --json', 'the variables with their values, joined with those of this shell, as JSON'],
  ],
  run: async (context, input) => {
    const [shell, place] = [input.text('shell'), input.text('for')];
    if (shell !== undefined && place !== undefined)
      throw new UsageError('--shell and --for exclude each other: the second prints no lines for a shell of this machine.');
    const dataDir = dataDirOf(context, input);
    const status = await statusOf(context, dataDir);
    if (status === undefined) {
      // On the error output: what evaluates the lines gets none.
      context.err.line(`No agent runs on ${dataDir}, so there is no proxy to name. Start one with \`heimdall run\`, then run this again.`);
      return 'noAgent';
    }
    const machine = machineOf(context, dataDir, status);
    await makeBundles(machine);
    if (place === undefined) printForShell(context, input, machine, shell ?? shellOf(context));
    else if (place === 'wsl') await printForWsl(context, input, machine);
    else await printForContainer(context, input, machine, place);
    return 'ok';
  },
};

async function statusOf(context: CommandContext, dataDir: string): Promise<AgentStatus | undefined> {
  const agent = await findAgent(context, dataDir);
  try {
    return await agent?.call('status.get', {});
  } finally {
    agent?.close();
  }
}

/** Whoever asks for the variables by hand wants ours in place of any proxy. */
function machineOf(context: CommandContext, dataDir: string, { proxy, pid }: AgentStatus): SetupMachine {
  return setupMachine({ ...context, dataDir, hosts: interceptedHosts(), port: () => proxy.port, agentPid: () => pid, hasNamedUpstream: true });
}

function shellOf({ platform, env: { SHELL } }: CommandContext): string {
  const name = basename(SHELL ?? '');
  return shells.find((shell) => shell === name) ?? (platform === 'win32' ? 'powershell' : 'sh');
}

function printForShell(context: CommandContext, input: CommandInput, machine: SetupMachine, shell: string): void {
  const { out, err } = context;
  const other = proxyNames.map((name) => context.env[name]).find((value) => value !== undefined && value !== '' && !isOnLoopback(value));
  if (other !== undefined && !input.json && shell !== 'json') {
    err.line(
      `This shell has the proxy ${printable(withoutPassword(other))}. Ours takes its place; if it is the only way out, set it as network.upstreamProxy, so that Heimdall goes on through it.`,
    );
  }
  if (input.json || shell === 'json') {
    const variables = Object.fromEntries(heimdallVariables(machine, context.env).map(({ name, value }) => [name, value]));
    out.json({ proxy: proxyUrl(machine), listens: 'loopback only', variables });
    return;
  }
  const script = shell === 'fish' ? fishScript(machine) : shell === 'powershell' ? powershellScript(machine) : posixScript(machine);
  out.line(script.trimEnd());
}

const isOnLoopback = (proxy: string): boolean => /\/\/(127\.|localhost|\[::1\])/.test(proxy);
const withoutPassword = (proxy: string): string => proxy.replace(/\/\/[^/@]*@/, '//');

async function printForContainer(context: CommandContext, input: CommandInput, machine: SetupMachine, place: string): Promise<void> {
  const { engines, notes } = await lookAround(machine);
  const guide = containerGuide(machine, machine.platform !== 'linux' || engines.some(({ isDesktop }) => isDesktop));
  if (input.json) {
    context.out.json({ ...guide, text: place === 'docker' ? dockerFlags(guide) : devcontainerSnippet(guide), notes });
    return;
  }
  for (const words of guide.words) context.out.line(`# ${words}`);
  if (engines.length === 0)
    context.out.line('# Neither Docker nor Podman was found in the usual places of this computer; the lines are for Docker on it all the same.');
  const print = place === 'docker' ? printDocker : printDevcontainer;
  print(context, guide);
}

function printDocker({ out }: CommandContext, guide: ContainerGuide): void {
  out.line('\n# docker run, podman run: put these flags before the name of the image.');
  out.line(dockerFlags(guide));
  out.line('\n# Compose: under your service.');
  out.line(composeSnippet(guide));
  out.line('\n# Dockerfile: nothing. What is set there stays in the image, and the proxy is not there where the image goes.');
}

function printDevcontainer({ out }: CommandContext, guide: ContainerGuide): void {
  out.line('\n// devcontainer.json: these members.');
  out.line(devcontainerSnippet(guide));
}

async function printForWsl({ out }: CommandContext, input: CommandInput, machine: SetupMachine): Promise<void> {
  const { inWsl, distributions, notes } = await lookAround(machine);
  if (inWsl !== undefined) {
    const words = [
      ...notes,
      'The agent runs inside this WSL system, so its programs need what any Linux needs: `heimdall setup`, or eval "$(heimdall env)" for one shell.',
    ];
    if (input.json) out.json({ systems: [], words });
    else for (const each of words) out.line(each);
    return;
  }
  // Without one that is found, the words for both kinds are of use.
  const systems = distributions.length > 0 ? distributions : unknownSystems;
  const guides = systems.map((system) => ({ ...system, ...wslGuide(machine, system.networking, system.version) }));
  if (input.json) {
    out.json({ systems: guides, words: distributions.length > 0 ? [] : [noneFound] });
    return;
  }
  if (distributions.length === 0) out.line(`# ${noneFound}`);
  for (const { name, words, lines } of guides) {
    out.line(`\n# ${printable(name)}`);
    for (const each of words) out.line(`# ${each}`);
    for (const line of lines ?? []) out.line(line);
  }
}

const noneFound = 'No WSL system was found on this computer. For one with each kind of networking:';
const unknownSystems = [
  { name: 'WSL 2 with mirrored networking', version: 2, networking: 'mirrored' },
  { name: 'WSL 2 with NAT networking', version: 2, networking: 'nat' },
] as const;

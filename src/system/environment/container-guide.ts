// What containers and WSL systems need so that their programs go through the agent of the machine around them.
import { combinedBundle, extraBundle } from '../bundle-files.ts';
import { mergedNoProxy } from '../no-proxy.ts';
import type { SetupMachine } from '../surface.ts';
import { adding, replacing } from './bundle-names.ts';
import { posixQuoted } from './posix-quoted.ts';
import type { WslNetworking } from './surroundings.ts';
import type { Variable } from './variables.ts';

/** Where the bundles are in a container. */
const inside = { extra: '/etc/heimdall/extra-ca.pem', combined: '/etc/heimdall/bundle.pem' } as const;

/** Without Java's options: the certificates of a Java in there are in a store of its own, so it would be led to a name that it does not trust. */
function variables(url: string, bundles: { readonly extra: string; readonly combined: string }): readonly Variable[] {
  const set = (names: readonly string[], value: string): readonly Variable[] => names.map((name) => ({ name, value }));
  return [
    ...set(['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'], url),
    ...set(['NO_PROXY', 'no_proxy'], mergedNoProxy(undefined)),
    ...set(['NODE_USE_ENV_PROXY'], '1'),
    ...set(adding, bundles.extra),
    ...set(replacing, bundles.combined),
  ];
}

export interface ContainerGuide {
  readonly variables: readonly Variable[];
  /** `host:container`, both absolute. */
  readonly mounts: readonly { readonly from: string; readonly to: string }[];
  /** `host`: the container shares the network of this machine; else its own, from which the proxy is reached as `host.docker.internal`. */
  readonly network: 'host' | 'own';
  readonly words: readonly string[];
}

const loopbackOnly =
  'The proxy listens on the loopback address of this computer only, so that nobody else on the network can use it. That is on purpose and cannot be changed.';

/** `isDesktop`: containers run in a virtual machine whose gateway hands connections to this computer's loopback. */
export function containerGuide(machine: SetupMachine, isDesktop: boolean): ContainerGuide {
  const host = isDesktop ? 'host.docker.internal' : '127.0.0.1';
  return {
    variables: variables(`http://${host}:${machine.port()}`, inside),
    mounts: [
      { from: extraBundle(machine), to: inside.extra },
      { from: combinedBundle(machine), to: inside.combined },
    ],
    network: isDesktop ? 'own' : 'host',
    words: [
      loopbackOnly,
      isDesktop
        ? 'Docker Desktop leads host.docker.internal to that address, so a container reaches it by this name.'
        : 'On Linux a container reaches it only when it shares the network of the machine: --network host. Its ports are then those of the machine.',
      'The agent sees the container engine as the program, not the tool inside. When the agent stops, such a container has no way out by these variables: start it without them.',
      'Java in a container: add the certificate to its store with keytool -importcert -cacerts -file /etc/heimdall/extra-ca.pem -alias heimdall, and set -Dhttps.proxyHost and -Dhttps.proxyPort.',
    ],
  };
}

/** Flags for `docker run`, one line. */
export function dockerFlags({ variables: set, mounts, network }: ContainerGuide): string {
  return [
    ...(network === 'host' ? ['--network host'] : []),
    ...mounts.map(({ from, to }) => `-v ${word(`${from}:${to}:ro`)}`),
    ...set.map(({ name, value }) => `-e ${word(`${name}=${value}`)}`),
  ].join(' \\\n  ');
}

/** A service of a compose file. */
export function composeSnippet({ variables: set, mounts, network }: ContainerGuide): string {
  return [
    'services:',
    '  app:',
    ...(network === 'host' ? ['    network_mode: host'] : []),
    '    volumes:',
    ...mounts.map(({ from, to }) => `      - ${JSON.stringify(`${from}:${to}:ro`)}`),
    '    environment:',
    ...set.map(({ name, value }) => `      ${name}: ${JSON.stringify(value)}`),
  ].join('\n');
}

/** `devcontainer.json`: of the container's environment, which a debugger's terminal has too. */
export function devcontainerSnippet({ variables: set, mounts, network }: ContainerGuide): string {
  return JSON.stringify(
    {
      ...(network === 'host' ? { runArgs: ['--network=host'] } : {}),
      mounts: mounts.map(({ from, to }) => `source=${from},target=${to},type=bind,readonly`),
      containerEnv: Object.fromEntries(set.map(({ name, value }) => [name, value])),
    },
    null,
    2,
  );
}

interface WslGuide {
  /** Lines for a shell in the WSL system; undefined where nothing there would help. */
  readonly lines: readonly string[] | undefined;
  readonly words: readonly string[];
}

/** For an agent on Windows and programs in WSL. */
export function wslGuide(machine: SetupMachine, networking: WslNetworking, version: 1 | 2): WslGuide {
  const mirrored = version === 1 || networking === 'mirrored';
  if (!mirrored) {
    return {
      lines: undefined,
      words: [
        loopbackOnly,
        `A WSL 2 system with ${networking === undefined ? 'NAT' : networking.toUpperCase()} networking has a loopback address of its own, so it cannot reach the proxy of Windows at all. Two ways lead out:`,
        String.raw`1. Mirrored networking (Windows 11 22H2 and later): put the lines "[wsl2]" and "networkingMode=mirrored" into %USERPROFILE%\.wslconfig, run "wsl --shutdown", and run this command again.`,
        '2. Heimdall for Linux inside the WSL system: install it there and run "heimdall setup".',
      ],
    };
  }
  const bundles = { extra: wslPath(extraBundle(machine)), combined: wslPath(combinedBundle(machine)) };
  return {
    lines: [
      `sudo cp ${posixQuoted(bundles.extra)} /usr/local/share/ca-certificates/heimdall.crt && sudo update-ca-certificates`,
      ...variables(`http://127.0.0.1:${machine.port()}`, bundles).map(({ name, value }) => `export ${name}=${posixQuoted(value)}`),
    ],
    words: [
      loopbackOnly,
      version === 1
        ? 'WSL 1 shares the network of Windows, so its programs reach the proxy.'
        : 'With mirrored networking, 127.0.0.1 is the same in WSL and Windows, so its programs reach the proxy.',
      'The lines below are for a shell in the WSL system; put the exports into ~/.profile to keep them. The agent sees "wsl" as the program, not the tool inside.',
    ],
  };
}

/** `C:\Users\a` is `/mnt/c/Users/a` in a WSL system. */
export function wslPath(path: string): string {
  const [, drive, rest] = /^([A-Za-z]):[\\/](.*)$/.exec(path) ?? [];
  return drive === undefined || rest === undefined ? path : `/mnt/${drive.toLowerCase()}/${rest.replaceAll('\\', '/')}`;
}

const word = (text: string): string => (/^[\w./:=,@%+-]+$/.test(text) ? text : posixQuoted(text));

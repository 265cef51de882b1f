// What borders on this machine: whether it is itself inside WSL or a container, and which containers and WSL systems it holds, in words.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemPath } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { textOf } from './user-environment.ts';

/** How a WSL system reaches the network; undefined: it cannot be told. */
export type WslNetworking = 'mirrored' | 'nat' | 'none' | 'virtioproxy' | 'bridged' | undefined;

interface Surroundings {
  /** This process runs inside WSL. */
  readonly inWsl: { readonly version: 1 | 2; readonly networking: WslNetworking } | undefined;
  /** This process runs inside a container; what kind, where it can be told. */
  readonly inContainer: string | undefined;
  /** Programs found that run containers. `desktop`: they run in a virtual machine that reaches this computer as `host.docker.internal`. */
  readonly engines: readonly { readonly name: 'Docker' | 'Podman'; readonly isDesktop: boolean }[];
  /** WSL systems of this Windows user. */
  readonly distributions: readonly { readonly name: string; readonly version: 1 | 2; readonly networking: WslNetworking }[];
  /** What follows for capture, a sentence or two each. */
  readonly notes: readonly string[];
}

type Around = Pick<SetupMachine, 'platform' | 'env' | 'root' | 'home' | 'run'>;

export async function lookAround(machine: Around): Promise<Surroundings> {
  const [inWsl, engines, distributions] = await Promise.all([insideWsl(machine), enginesOf(machine), distributionsOf(machine)]);
  const seen = { inWsl, inContainer: insideContainer(machine), engines, distributions };
  return { ...seen, notes: notesOn(seen) };
}

/** The kernel says so: `4.4.0-19041-Microsoft` is WSL 1, `5.15.153.1-microsoft-standard-WSL2` is WSL 2. */
async function insideWsl(machine: Around): Promise<Surroundings['inWsl']> {
  if (machine.platform !== 'linux') return undefined;
  const release = textOf(systemPath(machine, '/proc/sys/kernel/osrelease')).trim();
  if (!/microsoft/i.test(release)) return undefined;
  // A container that runs on the kernel of WSL is not WSL.
  if (insideContainer(machine) !== undefined) return undefined;
  if (!/WSL2|microsoft-standard/i.test(release)) return { version: 1, networking: undefined };
  const { code, stdout } = await machine.run('wslinfo', ['--networking-mode']);
  return { version: 2, networking: code === 0 ? networkingOf(stdout) : undefined };
}

function networkingOf(text: string): WslNetworking {
  const word = text.trim().toLowerCase();
  return (['mirrored', 'nat', 'none', 'virtioproxy', 'bridged'] as const).find((mode) => mode === word);
}

function insideContainer(machine: Around): string | undefined {
  if (machine.platform !== 'linux') return undefined;
  if (existsSync(systemPath(machine, '/.dockerenv'))) return 'Docker';
  if (existsSync(systemPath(machine, '/run/.containerenv'))) return 'Podman';
  const groups = textOf(systemPath(machine, '/proc/1/cgroup'));
  if (/kubepods/.test(groups)) return 'Kubernetes';
  return /docker|libpod|containerd|lxc/.test(groups) ? 'container' : undefined;
}

async function enginesOf(machine: Around): Promise<Surroundings['engines']> {
  const names = [
    ['Docker', 'docker', ['C:/Program Files/Docker/Docker/resources/bin/docker.exe']],
    ['Podman', 'podman', ['C:/Program Files/RedHat/Podman/podman.exe']],
  ] as const;
  const found = names.flatMap(([name, program, windows]) => {
    const places =
      machine.platform === 'win32' ? windows : ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/snap/bin'].map((folder) => join(folder, program));
    const place = places.map((path) => systemPath(machine, path)).find((path) => existsSync(path));
    return place === undefined ? [] : [{ name, place }];
  });
  return await Promise.all(
    found.map(async ({ name, place }) => ({ name, isDesktop: machine.platform !== 'linux' || (name === 'Docker' && (await isDesktop(machine, place))) })),
  );
}

/** Docker Desktop is offered for Linux too, and has its containers in a virtual machine there as well. */
async function isDesktop({ run }: Around, docker: string): Promise<boolean> {
  const { code, stdout } = await run(docker, ['info', '--format', '{{.OperatingSystem}}']);
  return code === 0 && stdout.trim() === 'Docker Desktop';
}

/** From the registry: `wsl.exe` would offer to install WSL where there is none. */
async function distributionsOf(machine: Around): Promise<Surroundings['distributions']> {
  if (machine.platform !== 'win32') return [];
  const { code, stdout } = await machine.run('reg.exe', ['query', String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Lxss`, '/s']);
  if (code !== 0) return [];
  const mode = /^\s*networkingMode\s*=\s*(\w+)/im.exec(textOf(join(machine.home, '.wslconfig')))?.[1];
  return stdout.split(/\r?\n(?=HKEY_)/).flatMap((key) => {
    const name = /DistributionName\s+REG_SZ\s+(.+?)\s*$/m.exec(key)?.[1];
    if (name === undefined || /^docker-desktop/.test(name)) return [];
    const version = /\bVersion\s+REG_DWORD\s+0x1\b/.test(key) ? 1 : 2;
    return [{ name, version, networking: version === 1 ? undefined : mode === undefined ? ('nat' as const) : networkingOf(mode) }];
  });
}

function notesOn({ inWsl, inContainer, engines, distributions }: Omit<Surroundings, 'notes'>): readonly string[] {
  const notes: string[] = [];
  if (inWsl !== undefined) {
    const network = inWsl.networking === undefined ? '' : `, ${inWsl.networking} networking`;
    notes.push(
      `This is Linux inside Windows (WSL ${inWsl.version}${network}). Heimdall covers the Linux programs of this system. Programs of Windows need Heimdall for Windows.`,
    );
  }
  if (inContainer !== undefined) {
    notes.push(`This is a container (${inContainer}). Heimdall covers the programs in it and nothing outside, and what it sets up is gone with the container.`);
  }
  if (engines.length > 0) {
    const names = engines.map(({ name }) => name).join(' and ');
    notes.push(
      `${names} ${engines.length === 1 ? 'is' : 'are'} installed. A container has an environment, certificates and a localhost of its own, so nothing in it is covered by itself. \`heimdall env --for docker\` prints what one needs.`,
    );
  }
  if (distributions.length > 0) {
    const names = distributions.map(({ name }) => name).join(', ');
    notes.push(
      `WSL systems are installed: ${names}. They are machines of their own and not covered by themselves. \`heimdall env --for wsl\` prints what one needs.`,
    );
  }
  return notes;
}

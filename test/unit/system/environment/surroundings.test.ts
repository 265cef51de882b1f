// Outputs of wslinfo, docker and reg.exe are as their documentation gives them, not recorded on such systems.
import { describe, expect, it } from 'vitest';
import { containerGuide, dockerFlags, wslGuide, wslPath } from '../../../../src/system/environment/container-guide.ts';
import { lookAround } from '../../../../src/system/environment/surroundings.ts';
import type { RunProgram } from '../../../../src/system/run-program.ts';
import { place } from './machine.ts';

const answering =
  (answers: Readonly<Record<string, string>>): RunProgram =>
  (file, args) => {
    const stdout = answers[[file.split('/').at(-1), ...args].join(' ')];
    return Promise.resolve({ code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' });
  };

describe('what borders on this machine', () => {
  it('is nothing on a plain Linux', async () => {
    const { machine, put } = await place();
    put('/proc/sys/kernel/osrelease', '6.1.0-18-amd64\n');
    put('/proc/1/cgroup', '0::/init.scope\n');
    expect(await lookAround(machine)).toEqual({ inWsl: undefined, inContainer: undefined, engines: [], distributions: [], notes: [] });
  });

  it.each([
    ['4.4.0-19041-Microsoft', {}, { version: 1, networking: undefined }, 'WSL 1)'],
    ['5.15.153.1-microsoft-standard-WSL2', { 'wslinfo --networking-mode': 'mirrored\n' }, { version: 2, networking: 'mirrored' }, 'WSL 2, mirrored networking'],
    ['5.15.153.1-microsoft-standard-WSL2', { 'wslinfo --networking-mode': 'nat\n' }, { version: 2, networking: 'nat' }, 'WSL 2, nat networking'],
    // wslinfo came with WSL 2.0.
    ['5.10.16.3-microsoft-standard-WSL2', {}, { version: 2, networking: undefined }, 'WSL 2)'],
  ] as const)('is Windows for the kernel %s that answers %j', async (release, answers, inWsl, words) => {
    const { machine, put } = await place({ run: answering(answers) });
    put('/proc/sys/kernel/osrelease', `${release}\n`);
    const seen = await lookAround(machine);
    expect(seen.inWsl).toEqual(inWsl);
    expect(seen.notes[0]).toContain(words);
  });

  it.each([
    ['/.dockerenv', '', 'Docker'],
    ['/run/.containerenv', '', 'Podman'],
    ['/proc/1/cgroup', '12:pids:/kubepods/besteffort/pod1\n', 'Kubernetes'],
    ['/proc/1/cgroup', '1:name=systemd:/docker/0123\n', 'container'],
  ])('is a machine around this container for %s', async (path, text, kind) => {
    const { machine, put } = await place();
    put(path, text);
    put('/proc/sys/kernel/osrelease', '5.15.153.1-microsoft-standard-WSL2\n');
    const seen = await lookAround(machine);
    expect([seen.inContainer, seen.inWsl]).toEqual([kind, undefined]);
    expect(seen.notes[0]).toContain('This is a container');
  });

  it.each([
    ['Docker Desktop', true],
    ['Debian GNU/Linux 12 (bookworm)', false],
  ])('is Docker that calls its system %s', async (system, isDesktop) => {
    const { machine, put } = await place({ run: answering({ 'docker info --format {{.OperatingSystem}}': `${system}\n` }) });
    put('/usr/bin/docker', '');
    put('/usr/bin/podman', '');
    const seen = await lookAround(machine);
    expect(seen.engines).toEqual([
      { name: 'Docker', isDesktop },
      { name: 'Podman', isDesktop: false },
    ]);
    expect(seen.notes[0]).toContain('Docker and Podman are installed');
  });

  it('is the WSL systems that the registry of Windows names', async () => {
    const key = String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Lxss`;
    const system = (name: string, version: number): string =>
      `${key.replace('HKCU', 'HKEY_CURRENT_USER')}\\{0}\r\n    DistributionName    REG_SZ    ${name}\r\n    Version    REG_DWORD    0x${version}\r\n\r\n`;
    const run = answering({ [`reg.exe query ${key} /s`]: `\r\n${system('Ubuntu-24.04', 2)}${system('Old', 1)}${system('docker-desktop', 2)}` });
    const { machine, put } = await place({ platform: 'win32', run });
    expect((await lookAround(machine)).distributions).toEqual([
      { name: 'Ubuntu-24.04', version: 2, networking: 'nat' },
      { name: 'Old', version: 1, networking: undefined },
    ]);
    put('.wslconfig', '[wsl2]\r\nnetworkingMode=mirrored\r\n');
    expect((await lookAround(machine)).distributions[0]).toMatchObject({ networking: 'mirrored' });
  });
});

describe('what they need', () => {
  it('is the network of the machine for containers on Linux, and its name for those of Docker Desktop', async () => {
    const { machine } = await place();
    const [engine, desktop] = [dockerFlags(containerGuide(machine, false)), dockerFlags(containerGuide(machine, true))];
    expect(engine).toContain('--network host');
    expect(engine).toContain('-e HTTPS_PROXY=http://127.0.0.1:7465');
    expect(desktop).not.toContain('--network');
    expect(desktop).toContain('-e HTTPS_PROXY=http://host.docker.internal:7465');
  });

  it('keeps paths with spaces one word', async () => {
    const { machine } = await place({}, 'my home');
    expect(dockerFlags(containerGuide(machine, true))).toContain(`-v '${machine.dataDir}/extra-ca.pem:/etc/heimdall/extra-ca.pem:ro'`);
  });

  it('is lines for WSL where it reaches the proxy, and the truth where it does not', async () => {
    const { machine } = await place();
    expect(wslGuide(machine, 'mirrored', 2).lines).toContain(`export HTTPS_PROXY='http://127.0.0.1:7465'`);
    expect(wslGuide(machine, undefined, 1).lines).toBeDefined();
    for (const networking of ['nat', 'virtioproxy', undefined] as const) {
      expect(wslGuide(machine, networking, 2)).toMatchObject({
        lines: undefined,
        words: expect.arrayContaining([expect.stringContaining('cannot reach the proxy')]) as string[],
      });
    }
    expect(wslPath(String.raw`C:\Users\A B\AppData\bundle.pem`)).toBe('/mnt/c/Users/A B/AppData/bundle.pem');
  });
});

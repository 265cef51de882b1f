import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ledger } from '../../../../src/system/ledger.ts';
import type { ProgramResult } from '../../../../src/system/run-program.ts';
import { plistText } from '../../../../src/system/service/launch-agent.ts';
import { taskText } from '../../../../src/system/service/scheduled-task.ts';
import { serviceSurfaces } from '../../../../src/system/service/surfaces.ts';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';

let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heimdall-service-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Answers of tools as their documentation gives them, not recorded. */
function machineOf(platform: NodeJS.Platform, answer: (line: string) => Partial<ProgramResult> = () => ({})): SetupMachine {
  return {
    platform,
    env: { USERNAME: 'anna & co', USERDOMAIN: 'CORP' },
    home: join(folder, 'home'),
    root: join(folder, 'root'),
    dataDir: join(folder, 'data & more'),
    run: (file, args) => {
      const line = [file, ...args].join(' ');
      lines.push(line);
      return Promise.resolve({ code: 0, stdout: '', stderr: '', ...answer(line) });
    },
    program: { node: process.execPath, entry: join(folder, 'with space', '100% $HOME "x".js') },
    isPrivileged: false,
    ca: { file: '', pem: '', fingerprint: '' },
    port: () => 7465,
    hosts: [],
  };
}

const ledger = (): Ledger => new Ledger(join(folder, 'ledger'), () => Promise.resolve(false));
async function apply(surfaces: readonly SetupSurface[]): Promise<void> {
  for (const surface of surfaces) await ledger().apply(surface);
}
async function revert(surfaces: readonly SetupSurface[]): Promise<void> {
  for (const surface of surfaces.toReversed()) await ledger().revert(surface);
}

describe('the service of a systemd session', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'home'));
    mkdirSync(join(folder, 'root/lib/systemd'), { recursive: true });
    writeFileSync(join(folder, 'root/lib/systemd/systemd'), '');
  });

  it('is a unit that systemd understands, switched on, and gone without a trace', async () => {
    const surfaces = serviceSurfaces(machineOf('linux'));
    await apply(surfaces);
    const unit = join(folder, 'home/.config/systemd/user/heimdall.service');
    expect(readlinkSync(join(folder, 'home/.config/systemd/user/default.target.wants/heimdall.service'))).toBe(unit);
    expect(lines).toContain('systemctl --user daemon-reload');
    const text = readFileSync(unit, 'utf8');
    expect(text).toMatch(/^ExecStopPost=.*"restore" "--live"/m);
    // Its judge reads the file, so the program it names must be there.
    execFileSync('systemd-analyze', ['verify', '--man=no', unit], { env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' } });
    await revert(surfaces);
    expect(readdirSync(join(folder, 'home'))).toEqual([]);
  });

  it('keeps a service that was switched on in another way', async () => {
    const wants = join(folder, 'home/.config/systemd/user/default.target.wants');
    mkdirSync(wants, { recursive: true });
    writeFileSync(join(wants, 'heimdall.service'), 'a file of the user');
    const surfaces = serviceSurfaces(machineOf('linux'));
    await apply(surfaces);
    await revert(surfaces);
    expect(readFileSync(join(wants, 'heimdall.service'), 'utf8')).toBe('a file of the user');
  });

  it('says what to do where there is no systemd', async () => {
    rmSync(join(folder, 'root'), { recursive: true });
    expect(await serviceSurfaces(machineOf('linux'))[0]?.obstacle()).toContain('heimdall run');
  });
});

describe('the LaunchAgent of macOS, by documented tools', () => {
  it('is written, handed to launchd, taken out again and removed', async () => {
    const machine = machineOf('darwin', (line) => (line === '/usr/bin/id -u' ? { stdout: '501\n' } : {}));
    const surfaces = serviceSurfaces(machine);
    await apply(surfaces);
    const file = join(folder, 'home/Library/LaunchAgents/org.heimdall.agent.plist');
    expect(lines).toEqual(['/usr/bin/id -u', '/bin/launchctl bootout gui/501/org.heimdall.agent', `/bin/launchctl bootstrap gui/501 ${file}`]);
    lines = [];
    await revert(surfaces);
    expect(lines).toEqual(['/usr/bin/id -u', '/bin/launchctl bootout gui/501/org.heimdall.agent']);
    expect(existsSync(join(folder, 'home'))).toBe(false);
  });

  it('is a property list that another reader understands', () => {
    const machine = machineOf('darwin');
    const file = join(folder, 'x.plist');
    writeFileSync(file, plistText(machine));
    const read = execFileSync('python3', ['-c', 'import plistlib,json,sys; print(json.dumps(plistlib.load(open(sys.argv[1],"rb"))))', file], {
      encoding: 'utf8',
    });
    expect(JSON.parse(read)).toMatchObject({
      ProgramArguments: [machine.program.node, machine.program.entry, 'run', '--json', '--data-dir', machine.dataDir],
      RunAtLoad: true,
    });
  });
});

describe('the scheduled task of Windows, by documented tools', () => {
  it('is made from a file of its own encoding, found again and deleted', async () => {
    mkdirSync(join(folder, 'data & more'), { recursive: true });
    let stands = false;
    let xml = '';
    const machine = machineOf('win32', (line) => {
      if (line.includes('/Query')) return { code: stands ? 0 : 1 };
      if (line.includes('/Create')) xml = readFileSync(join(folder, 'data & more', 'task.xml'), 'utf16le');
      stands = line.includes('/Create');
      return {};
    });
    const surfaces = serviceSurfaces(machine);
    await apply(surfaces);
    expect(stands).toBe(true);
    expect(xml.startsWith('\uFEFF<?xml')).toBe(true);
    expect(existsSync(join(folder, 'data & more', 'task.xml'))).toBe(false);
    await revert(surfaces);
    expect(stands).toBe(false);
  });

  it('is XML that another reader understands', () => {
    const machine = machineOf('win32');
    const text = taskText(machine).replace('encoding="UTF-16"', 'encoding="UTF-8"');
    const script =
      'import xml.etree.ElementTree as e,sys; r=e.fromstring(sys.stdin.buffer.read()); n="{http://schemas.microsoft.com/windows/2004/02/mit/task}"; print(r.find(f".//{n}Command").text); print(r.find(f".//{n}LogonTrigger/{n}UserId").text)';
    expect(execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' }).trim().split('\n')).toEqual([machine.program.node, 'CORP\\anna & co']);
  });
});

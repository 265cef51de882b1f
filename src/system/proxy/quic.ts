// QUIC off in browsers that have a policy for it: HTTP/3 leaves over UDP, past every proxy.
import { existsSync } from 'node:fs';
import { mustSucceed } from '../run-program.ts';
import { systemPath } from '../surface.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';

interface Browser {
  readonly id: string;
  readonly name: string;
  /** One of these is there where the browser is installed. */
  readonly programs: readonly string[];
  /** Linux: folder of managed policies. */
  readonly folder: string;
  /** Windows: below HKLM\Software\Policies. */
  readonly key: string;
}

const browsers: readonly Browser[] = [
  {
    id: 'chrome',
    name: 'Google Chrome',
    programs: ['/opt/google/chrome/chrome', '/usr/bin/google-chrome'],
    folder: '/etc/opt/chrome/policies/managed',
    key: String.raw`Google\Chrome`,
  },
  { id: 'chromium', name: 'Chromium', programs: ['/usr/bin/chromium', '/usr/bin/chromium-browser'], folder: '/etc/chromium/policies/managed', key: 'Chromium' },
  {
    id: 'edge',
    name: 'Microsoft Edge',
    programs: ['/opt/microsoft/msedge/msedge', '/usr/bin/microsoft-edge'],
    folder: '/etc/opt/edge/policies/managed',
    key: String.raw`Microsoft\Edge`,
  },
  {
    id: 'brave',
    name: 'Brave',
    programs: ['/opt/brave.com/brave/brave', '/usr/bin/brave-browser'],
    folder: '/etc/brave/policies/managed',
    key: String.raw`BraveSoftware\Brave`,
  },
];

const windowsPrograms: Readonly<Record<string, string>> = {
  chrome: 'C:/Program Files/Google/Chrome/Application/chrome.exe',
  edge: 'C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe',
  brave: 'C:/Program Files/BraveSoftware/Brave-Browser/Application/brave.exe',
};

const needsAdministrator =
  'The policies of browsers belong to the whole computer: run `heimdall setup --only proxy` as administrator, or set QuicAllowed to false by device management.';

/** macOS takes such policies from device management alone: a user's default would be a mere recommendation, which this key does not allow. */
export function quicSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  if (machine.platform === 'linux')
    return browsers.filter(({ programs }) => programs.some((path) => existsSync(systemPath(machine, path)))).map((browser) => policyFile(machine, browser));
  if (machine.platform !== 'win32') return [];
  return browsers
    .filter(({ id }) => windowsPrograms[id] !== undefined && existsSync(systemPath(machine, windowsPrograms[id])))
    .map((browser) => policyValue(machine, browser));
}

const words = ({ name }: Browser): Pick<SetupSurface, 'group' | 'life' | 'what' | 'to'> => ({
  group: 'proxy',
  life: 'live',
  what: `Policy of ${name}: QUIC`,
  to: 'switched off, so that no call leaves past the proxy',
});

function policyFile(machine: SetupMachine, browser: Browser): SetupSurface {
  const file = systemPath(machine, `${browser.folder}/heimdall.json`);
  return {
    ...textFile({ id: `proxy.quic:${file}`, file, edit: () => '{ "QuicAllowed": false }\n', strip: () => '' }),
    ...words(browser),
    obstacle: () => Promise.resolve(machine.isPrivileged ? undefined : needsAdministrator),
  };
}

function policyValue(machine: SetupMachine, browser: Browser): SetupSurface {
  const key = `HKLM\\Software\\Policies\\${browser.key}`;
  const { run } = machine;
  return {
    ...words(browser),
    id: `proxy.quic-${browser.id}`,
    wanted: () => '0x0',
    obstacle: () => Promise.resolve(machine.isPrivileged ? undefined : needsAdministrator),
    read: async () => {
      const { code, stdout } = await run('reg.exe', ['query', key, '/v', 'QuicAllowed']);
      return code === 0 ? (/QuicAllowed\s+REG_DWORD\s+(0x[0-9a-f]+)/i.exec(stdout)?.[1] ?? null) : null;
    },
    write: async (value) => {
      const args =
        typeof value === 'string'
          ? ['add', key, '/v', 'QuicAllowed', '/t', 'REG_DWORD', '/d', String(Number(value)), '/f']
          : ['delete', key, '/v', 'QuicAllowed', '/f'];
      mustSucceed(`Setting the policy of ${browser.name}`, await run('reg.exe', args));
    },
  };
}

// The proxy of the organisation that this machine had before us, or would have without us: what the agent itself goes on through.
import { existsSync, readFileSync } from 'node:fs';
import type { UpstreamProxy } from '../../contract/upstream-proxy.ts';
import type { LedgerEntry } from '../ledger.ts';
import { isOwnPac } from '../surface.ts';
import type { Register, SetupMachine } from '../surface.ts';
import { readGnome } from './gnome.ts';
import type { GnomeProxy } from './gnome.ts';
import { internetSettings, manualProxy } from './internet-settings.ts';
import { kdeFile, kdeFormat, kdeKeys } from './kde.ts';
import { readServices } from './network-services.ts';
import type { ServicePacs } from './network-services.ts';

const direct: UpstreamProxy = { kind: 'direct' };

/**
 * From the originals of the ledger where our settings stand, else as the machine is now; `direct` where neither knows one.
 * Never ourselves: a PAC file of ours, or a proxy on our own port, is none. The environment is the caller's to ask next.
 */
export async function existingProxy(machine: SetupMachine, entries: readonly LedgerEntry[]): Promise<UpstreamProxy> {
  const originalOf = (id: string): Register | undefined => entries.find(({ surface }) => surface === id || surface.startsWith(`${id}:`))?.original;
  for (const find of finders[machine.platform] ?? finders.linux) {
    // A place that cannot be read, whether it says so at once or later, must not hide the next one nor stop the set-up.
    const found = await Promise.resolve()
      .then(() => find(machine, originalOf))
      .catch(() => direct);
    if (found.kind !== 'direct' && !isOurs(found, machine.port())) return found;
  }
  return direct;
}

type Finder = (machine: SetupMachine, originalOf: (id: string) => Register | undefined) => Promise<UpstreamProxy>;

const finders: Readonly<Partial<Record<NodeJS.Platform, readonly Finder[]>>> & Readonly<{ linux: readonly Finder[] }> = {
  linux: [ofGnome, ofKde],
  darwin: [ofMacos],
  win32: [ofWindows],
};

async function ofGnome(machine: SetupMachine, originalOf: (id: string) => Register | undefined): Promise<UpstreamProxy> {
  const { mode, url, manual, ignored } = (originalOf('proxy.gnome') as GnomeProxy | undefined) ?? (await readGnome(machine));
  const from = "the desktop's proxy settings";
  if (mode === 'auto') return byPac(url, from);
  if (mode !== 'manual') return direct;
  const servers = new Map(manual.split(' ').map((each) => each.split('=') as [string, string]));
  return byHand({ http: servers.get('http'), https: servers.get('https'), noProxy: [...ignored.matchAll(/'([^']*)'/g)].map(([, host]) => host ?? ''), from });
}

/** 1: by hand; 2: by a script. An address is written as `http://host 8080` or `http://host:8080`. */
function ofKde(machine: SetupMachine, originalOf: (id: string) => Register | undefined): Promise<UpstreamProxy> {
  const original = originalOf('proxy.kde');
  const file = kdeFile(machine);
  const text = original === undefined ? (existsSync(file) ? readFileSync(file, 'utf8') : '') : ((original as { text?: string }).text ?? '');
  const get = (name: string): string => String(kdeFormat.get(text, ['Proxy Settings', name]) ?? '');
  const from = "KDE's proxy settings";
  const server = (name: string): string | undefined => /^(?:\w+:\/\/)?([^\s:/]+)[\s:]+(\d+)/.exec(get(name))?.slice(1).join(':');
  if (get(kdeKeys.type[1]) === '2') return Promise.resolve(byPac(get(kdeKeys.script[1]), from));
  if (get(kdeKeys.type[1]) !== '1') return Promise.resolve(direct);
  return Promise.resolve(byHand({ http: server('httpProxy'), https: server('httpsProxy'), noProxy: get('NoProxyFor').split(/[\s,]+/), from }));
}

/** The services in the order of the system: the first that is used counts. Its manual proxies are read by `scutil`, which merges all sources. */
async function ofMacos(machine: SetupMachine, originalOf: (id: string) => Register | undefined): Promise<UpstreamProxy> {
  const services = (originalOf('proxy.network-services') as ServicePacs | undefined) ?? (await readServices(machine));
  const pac = Object.entries(services).find(([, { url, enabled }]) => enabled && url !== '' && !isOwnPac(url));
  if (pac !== undefined) return byPac(pac[1].url, `the proxy settings of ${pac[0]}`);
  const { stdout } = await machine.run('/usr/sbin/scutil', ['--proxy']);
  const get = (name: string): string | undefined => new RegExp(String.raw`^\s*${name} : (.*)$`, 'm').exec(stdout)?.[1];
  const server = (scheme: string): string | undefined =>
    get(`${scheme}Enable`) === '1' ? `${get(`${scheme}Proxy`) ?? ''}:${get(`${scheme}Port`) ?? ''}` : undefined;
  const exceptions = /ExceptionsList : <array> \{([^}]*)\}/.exec(stdout)?.[1] ?? '';
  return byHand({
    http: server('HTTP'),
    https: server('HTTPS'),
    noProxy: [...exceptions.matchAll(/^\s*\d+ : (.*)$/gm)].map(([, host]) => host ?? ''),
    from: "macOS's proxy settings",
  });
}

/** `ProxyServer` is `host:8080` for all, or `http=host:8080;https=host:8443`. */
async function ofWindows(machine: SetupMachine, originalOf: (id: string) => Register | undefined): Promise<UpstreamProxy> {
  const from = 'the Internet settings of this user';
  const original = originalOf('proxy.internet-settings');
  const script = original === undefined ? await internetSettings(machine).read() : original;
  if (typeof script === 'string' && !isOwnPac(script)) return byPac(script, from);
  const manual = await manualProxy(machine);
  if (manual === undefined) return direct;
  const servers = new Map(manual.server.split(';').map((each) => (each.includes('=') ? (each.split('=') as [string, string]) : ['', each])));
  const all = servers.get('');
  return byHand({
    http: servers.get('http') ?? all,
    https: servers.get('https') ?? all,
    noProxy: manual.override.split(';').filter((host) => host !== '<local>'),
    from,
  });
}

function byPac(url: string, from: string): UpstreamProxy {
  return url === '' || isOwnPac(url) ? direct : { kind: 'pac', url, from };
}

interface ByHand {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly noProxy: readonly string[];
  readonly from: string;
}

function byHand({ http, https, noProxy, from }: ByHand): UpstreamProxy {
  const url = (server: string | undefined): string | undefined =>
    server === undefined || server.startsWith(':') ? undefined : `http://${server.replace(/^\w+:\/\//, '')}`;
  if (url(http) === undefined && url(https) === undefined) return direct;
  return { kind: 'manual', http: url(http), https: url(https), noProxy: noProxy.filter((host) => host !== ''), from };
}

function isOurs(proxy: UpstreamProxy, port: number): boolean {
  const own = new RegExp(String.raw`^http://(127\.0\.0\.1|localhost|\[::1\]):${port}\b`);
  return proxy.kind === 'manual' && [proxy.http, proxy.https].some((url) => url !== undefined && own.test(url));
}

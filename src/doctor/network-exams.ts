// The network around: DNS, the clock against others' clocks, a VPN that came or went, and the proxy of the organisation.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { messageOf } from '../contract/errors.ts';
import type { GatewayTarget } from '../contract/target.ts';
import type { Exam, Finding } from './exam.ts';
import { portOf } from './patient.ts';
import type { Patient, Scope } from './patient.ts';
import { addressesOf, hijacked, hijackFinding, providerHosts } from './upstream-exams.ts';
import { callOn, viewTls } from './wire.ts';

export function networkExams(patient: Patient, { network }: Scope): readonly Exam[] {
  const proxy = patient.instruments.upstreamProxy();
  const vpn: Exam = {
    id: 'vpn',
    title: 'The network is the one the agent started on',
    tried: 'The network interfaces now and then',
    look: () => lookAtInterfaces(patient),
  };
  const proxyExam: Exam = {
    id: 'upstream-proxy',
    title: 'The proxy of the organisation lets AI hosts through',
    tried: proxy.kind === 'direct' ? 'Settings and environment' : `${proxy.kind === 'pac' ? proxy.url : bare(proxy.https ?? proxy.http ?? '')} (${proxy.from})`,
    look: () => lookAtProxy(patient, network),
  };
  if (!network) return [vpn, proxyExam];
  const hosts = providerHosts().slice(0, 3);
  return [
    {
      id: 'dns',
      title: 'Names resolve to public addresses',
      tried: hosts.map(({ host }) => host).join(', '),
      look: () =>
        lookAtNames(
          patient,
          hosts.map(({ host }) => host),
        ),
    },
    { id: 'clock', title: 'The clock of this computer is right', tried: 'The Date that others answer with', look: () => lookAtClock(patient) },
    vpn,
    proxyExam,
  ];
}

const bare = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');

async function lookAtNames({ instruments, setup }: Patient, hosts: readonly string[]): Promise<Finding> {
  const found = await Promise.all(hosts.map(async (host) => ({ host, addresses: await addressesOf(instruments.lookup, host) })));
  const without = found.filter(({ addresses }) => typeof addresses === 'string');
  for (const { host, addresses } of found) {
    const strange = typeof addresses === 'string' ? undefined : hijacked(addresses);
    if (strange !== undefined) return hijackFinding(host, strange, setup);
  }
  if (without.length === 0) return { verdict: 'ok', seen: found.map(({ host, addresses }) => `${host}: ${String(addresses[0])}`).join('; ') };
  const seen = without.map(({ host, addresses }) => `${host}: ${String(addresses)}`).join('; ');
  // Behind a proxy the names of the internet are often not known inside: the proxy resolves them.
  if (instruments.upstreamProxy().kind !== 'direct') return { verdict: 'skipped', seen: `Not resolved here (${seen}); the proxy of the organisation does it.` };
  return {
    verdict: 'failed',
    seen: `These do not resolve: ${seen}.`,
    culprit: 'network',
    fix: 'Check that this computer is online and which DNS server it asks (resolvectl status, scutil --dns, ipconfig /all). A VPN that has just gone may have left its server behind: reconnect.',
  };
}

/** More than this breaks tokens and certificates, milliseconds. */
const muchSkew = 300_000;
const someSkew = 60_000;

async function lookAtClock(patient: Patient): Promise<Finding> {
  const gateway = patient.loaded?.targets.find((target): target is GatewayTarget => target.kind === 'gateway');
  const asked = [
    ...(gateway
      ? [
          {
            scheme: gateway.url.protocol === 'http:' ? ('http' as const) : ('https' as const),
            host: gateway.url.hostname,
            port: portIn(gateway.url),
            isTrusted: true,
          },
        ]
      : []),
    ...providerHosts()
      .slice(0, 2)
      .map(({ host }) => ({ scheme: 'https' as const, host, port: 443, isTrusted: false })),
  ];
  for (const place of asked) {
    const theirs = await dateOf(patient, place).catch(() => undefined);
    if (theirs === undefined) continue;
    const skew = patient.instruments.now() - theirs;
    const words = `${Math.round(Math.abs(skew) / 1000)} seconds ${skew < 0 ? 'behind' : 'ahead of'} ${place.host}`;
    if (Math.abs(skew) < someSkew) return { verdict: 'ok', seen: `${words}.` };
    return {
      verdict: Math.abs(skew) < muchSkew ? 'warning' : 'failed',
      seen: `The clock of this computer is ${words}.`,
      culprit: 'this machine',
      fix: 'Set the clock and switch its synchronisation on (`timedatectl set-ntp true`; Date & Time in the system settings): certificates and tokens fail by a wrong clock.',
    };
  }
  return { verdict: 'skipped', seen: 'Nobody answered with a date.' };
}

const portIn = (url: URL): number => (url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port));

async function dateOf({ instruments }: Patient, place: Parameters<Patient['instruments']['dial']>[0]): Promise<number | undefined> {
  let socket: Socket = await instruments.dial(place);
  // A clock is no secret, and a wrong one makes certificates look wrong: the date is taken from whoever answers.
  if (place.scheme === 'https') socket = (await viewTls(socket, place.host, instruments.upstreamTrust())).socket;
  const { headers } = await callOn(socket, { method: 'HEAD', path: '/', host: place.host });
  const at = Date.parse(headers.date ?? '');
  return Number.isNaN(at) ? undefined : at;
}

const tunnelNames = /^(tun|tap|utun|wg|ppp|ipsec|gpd|cscotun|tailscale|zt|nordlynx|proton|CloudflareWARP)/i;

function lookAtInterfaces({ instruments, interfacesAtStart }: Patient): Finding {
  const now = instruments.interfaces();
  const tunnels = now.filter((name) => tunnelNames.test(name));
  if (interfacesAtStart === undefined)
    return { verdict: 'ok', seen: tunnels.length === 0 ? 'No VPN that could be told by its interface.' : `VPN interfaces: ${tunnels.join(', ')}.` };
  const came = now.filter((name) => !interfacesAtStart.includes(name));
  const went = interfacesAtStart.filter((name) => !now.includes(name));
  if (came.length === 0 && went.length === 0)
    return { verdict: 'ok', seen: `${now.length} ${now.length === 1 ? 'interface' : 'interfaces'}, the same as at the start of the agent.` };
  const words = [came.length > 0 ? `came: ${came.join(', ')}` : '', went.length > 0 ? `went: ${went.join(', ')}` : ''].filter((each) => each !== '').join('; ');
  const isVpn = [...came, ...went].some((name) => tunnelNames.test(name));
  return {
    verdict: isVpn ? 'warning' : 'ok',
    seen: `Since the agent started, interfaces changed (${words})${isVpn ? ': a VPN was switched on or off' : ''}.`,
    culprit: 'network',
    fix: 'A VPN may change the proxy settings, DNS and the ways out. If calls fail since then, restart the agent and run `heimdall doctor` again.',
  };
}

async function lookAtProxy(patient: Patient, network: boolean): Promise<Finding> {
  const proxy = patient.instruments.upstreamProxy();
  if (proxy.kind === 'direct') return { verdict: 'ok', seen: 'None is set: the agent connects straight out.' };
  if (proxy.kind === 'pac') return { verdict: 'skipped', seen: `A PAC file chooses (${proxy.url}); the checks of the providers go by it.` };
  const url = URL.parse(proxy.https ?? proxy.http ?? '');
  if (url === null || url.hostname === '')
    return { verdict: 'failed', seen: 'Its address cannot be understood.', culprit: 'this machine', fix: `Correct it where it is set: ${proxy.from}.` };
  const port = portIn(url);
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname) && port === portOf(patient)) {
    // A shell that is wired names Heimdall: what is started from it is meant to, and the connector leaves the name out.
    if (patient.loaded?.upstreamProxy === undefined && !isKnownCircle(patient))
      return { verdict: 'ok', seen: `${proxy.from} names Heimdall itself, which is left out: straight out.` };
    return {
      verdict: 'failed',
      seen: `The proxy named by ${proxy.from} is Heimdall itself (port ${port}): calls would go in a circle.`,
      culprit: 'this machine',
      fix: 'Name the real proxy of your organisation under network.upstreamProxy in the settings, or "none" if there is none.',
    };
  }
  if (!network) return { verdict: 'skipped', seen: 'It was not asked: the network is left out of this run.' };
  return await judgeTunnel(url, port, proxy.from);
}

async function judgeTunnel(url: URL, port: number, from: string): Promise<Finding> {
  const host = providerHosts()[0]?.host ?? 'api.openai.com';
  const named = `${url.hostname}:${port}`;
  try {
    const { status, offers } = await askTunnel(url, port, host);
    if (status >= 200 && status < 300) return { verdict: 'ok', seen: `${named} opens a tunnel to ${host}.` };
    if (status === 407) {
      return {
        verdict: 'failed',
        seen: `${named} asks for a login (407 Proxy Authentication Required${offers === '' ? '' : `, ${offers}`})${url.username === '' ? ', and none is set' : ', and does not accept the one that is set'}.`,
        culprit: 'your proxy',
        fix: 'Set its user and password under network.upstreamProxy in the settings; for Negotiate, log in to the domain (kinit).',
      };
    }
    return {
      verdict: 'failed',
      seen: `${named} refuses a tunnel to ${host} with status ${status}.`,
      culprit: 'your proxy',
      fix: 'Ask whoever runs the proxy to allow the hosts of AI providers and of your gateway.',
    };
  } catch (error) {
    return {
      verdict: 'failed',
      seen: `${named} cannot be used: ${messageOf(error)}`,
      culprit: 'your proxy',
      fix: `Check that it runs and that its address is right (${from}). Outside the organisation's network, connect to its VPN.`,
    };
  }
}

const isKnownCircle = ({ agent }: Patient): boolean => agent?.status.warnings.some(({ code }) => code === 'proxy-is-self') === true;

function askTunnel(url: URL, port: number, host: string): Promise<{ status: number; offers: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: 5_000 });
    let text = '';
    const login =
      url.username === ''
        ? ''
        : `Proxy-Authorization: Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}\r\n`;
    socket.once('connect', () => socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n${login}\r\n`));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n') && text.length < 65_536) return;
      socket.destroy();
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({ status, offers: [...text.matchAll(/^proxy-authenticate:\s*(\S+)/gim)].map(([, scheme]) => scheme ?? '').join(', ') });
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer within five seconds')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('it closed the connection without an answer')));
  });
}

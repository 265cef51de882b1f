// What the port answers to whoever opens it directly: what it is, the PAC file, the CA. Nothing here is secret; nothing here can be changed.
import type { RawHeaders } from '../contract/exchange.ts';
import { chainedPac, ownPacMark } from './chained-pac.ts';
import type { ChainedUpstream } from './chained-pac.ts';

export interface Page {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

export interface PageSources {
  readonly port: () => number;
  /** Host patterns that go through the proxy. */
  readonly hosts: readonly string[];
  readonly caPem: string;
  /** The proxy of the organisation, which the PAC file leads to in its turn. Absent: there is none. */
  readonly upstream?: () => ChainedUpstream;
}

export function servePage(method: string, path: string, sources: PageSources): Page {
  if (method !== 'GET' && method !== 'HEAD') return page(405, 'text/plain; charset=utf-8', 'Only GET is answered here.\n', ['Allow', 'GET, HEAD']);
  const route = path.split('?')[0];
  if (route === '/proxy.pac')
    return page(200, 'application/x-ns-proxy-autoconfig', chainedPac(pacFile(sources.hosts, sources.port()), sources.port(), sources.upstream?.()));
  if (route === '/ca.pem') return page(200, 'application/x-pem-file', sources.caPem, ['Content-Disposition', 'attachment; filename="heimdall-ca.pem"']);
  return page(route === '/' ? 200 : 404, 'text/html; charset=utf-8', about(sources.port()));
}

function page(status: number, contentType: string, text: string, extra: RawHeaders = []): Page {
  const body = Buffer.from(text);
  const security = [
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'",
    'X-Content-Type-Options',
    'nosniff',
    'Cache-Control',
    'no-store',
  ];
  return { status, body, headers: ['Content-Type', contentType, 'Content-Length', String(body.length), ...security, ...extra] };
}

/** AI hosts go through the proxy and, should it be gone, straight out; everything else goes straight out. */
export function pacFile(hosts: readonly string[], port: number): string {
  const exact = hosts.filter((host) => !host.startsWith('*.'));
  const parents = hosts.filter((host) => host.startsWith('*.')).map((host) => host.slice(2));
  const asKeys = (names: readonly string[]) => JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])), null, 1);
  return `${ownPacMark}only AI hosts take the local proxy. Every other host, and every failure, goes DIRECT.
var exact = ${asKeys(exact)};
var parents = ${asKeys(parents)};
function FindProxyForURL(url, host) {
  host = host.toLowerCase();
  var dot = host.indexOf(".");
  if (exact.hasOwnProperty(host) || (dot > 0 && parents.hasOwnProperty(host.substring(dot + 1)))) return "PROXY 127.0.0.1:${port}; DIRECT";
  return "DIRECT";
}
`;
}

function about(port: number): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Heimdall</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1c2330;background:#fbfbfd}code{background:#eef0f5;padding:.1rem .35rem;border-radius:.25rem}@media(prefers-color-scheme:dark){body{color:#e6e9f0;background:#151922}code{background:#252b38}a{color:#8ab4ff}}</style>
<h1>This is Heimdall</h1>
<p>A local proxy that governs AI traffic on this computer. It is reachable from this computer only.</p>
<ul>
<li>To send a program's AI traffic through it, set <code>HTTPS_PROXY=http://127.0.0.1:${port}</code>.</li>
<li><a href="/proxy.pac">proxy.pac</a> sends AI hosts here and everything else straight out.</li>
<li><a href="/ca.pem">ca.pem</a> is the certificate authority of this installation; it can speak for AI hosts only.</li>
<li><code>heimdall status</code> in a terminal says what it is doing.</li>
</ul></html>
`;
}

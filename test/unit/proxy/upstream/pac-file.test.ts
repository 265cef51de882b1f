import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pacFile } from '../../../../src/proxy/pages.ts';
import { KeptPac } from '../../../../src/proxy/upstream/pac-file.ts';
import type { PacFileOptions } from '../../../../src/proxy/upstream/pac-file.ts';
import { createAuthority } from '../../../fakes/certificates.ts';

const says = (answer: string): string => `function FindProxyForURL(url, host) { return ${JSON.stringify(answer)}; }`;
const asked = (host = 'api.openai.com', port = 443) => ({ scheme: 'https' as const, host, port });

/** An HTTP server whose answer can be changed; `requests` counts. */
async function pacServer(answer: (response: ServerResponse, request: IncomingMessage) => unknown, certificate?: { key: string; cert: string }) {
  const state = { answer, requests: 0 };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    state.requests += 1;
    state.answer(response, request);
  };
  const server = certificate ? createTlsServer(certificate, onRequest) : createServer(onRequest);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { url: `http${certificate ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}/corp.pac` });
}

function kept(url: string, more: Partial<PacFileOptions> = {}) {
  const concerns: (string | undefined)[] = [];
  const pac = new KeptPac({ url, concern: (detail) => concerns.push(detail), ...more });
  onTestFinished(() => pac.close());
  return { pac, concerns };
}

/** A clock and a network that the test moves. */
function world() {
  const state = { time: 0, network: 'office' };
  return Object.assign(state, { options: { now: () => state.time, network: () => state.network } });
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

const uselessAnswers: readonly (readonly [string, (response: ServerResponse) => unknown, RegExp])[] = [
  ['404', (response) => response.writeHead(404).end(), /answers 404/],
  ['too large', (response) => response.end(' '.repeat(1_100_000)), /larger than 1048576 bytes/],
  ['silence', () => undefined, /did not answer within 200 ms/],
  ['a drip', (response) => response.write('x'), /.+/],
  ['a circle', (response) => response.writeHead(302, { location: '/corp.pac' }).end(), /without an end/],
  ['a way to another scheme', (response) => response.writeHead(302, { location: 'ftp://x/' }).end(), /begins with ftp:/],
  ['no function', (response) => response.end('var a = 1;'), /FindProxyForURL/],
  ["Heimdall's own", (response) => response.end(pacFile(['a.example'], 1)), /Heimdall's own/],
];

describe('a PAC file of the organisation', () => {
  it('is fetched over http, past redirects, and asked as browsers ask it', async () => {
    const server = await pacServer((response, { url }) => {
      if (url === '/corp.pac') response.writeHead(302, { location: '/there.pac' }).end();
      else response.end('\uFEFFfunction FindProxyForURL(url, host) { return "PROXY " + host + ":1; HTTPS " + url.replace(/[^a-z]+/g, "-") + ":2"; }');
    });
    const { pac, concerns } = kept(server.url);
    expect(await pac.find(asked())).toBe('PROXY api.openai.com:1; HTTPS https-api-openai-com-:2');
    expect(await pac.find({ scheme: 'http', host: 'a.example', port: 8080 })).toContain('http-a-example-:2');
    expect(pac.source).toContain('FindProxyForURL');
    expect(concerns).toEqual([undefined]);
  });

  it('is read from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heimdall-pac-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'a b.pac'), says('PROXY a:1'));
    expect(await kept(pathToFileURL(join(folder, 'a b.pac')).href).pac.find(asked())).toBe('PROXY a:1');
  });

  it('over https needs a certificate that our roots vouch for', async () => {
    const authority = createAuthority('PAC Root');
    const server = await pacServer((response) => response.end(says('PROXY a:1')), authority.issue({ names: ['127.0.0.1'] }));
    expect(await kept(server.url, { secureContext: createSecureContext({ ca: authority.root }) }).pac.find(asked())).toBe('PROXY a:1');
    expect(await kept(server.url).pac.find(asked())).toBeUndefined();
  });

  it('has the functions that PAC files use, and nothing of Node', async () => {
    const server = await pacServer((response) =>
      response.end(`function FindProxyForURL(url, host) {
        alert("heard by nobody");
        return [isPlainHostName("a"), dnsDomainIs(host, ".openai.com"), shExpMatch(host, "api.*"), isInNet("10.1.2.3", "10.0.0.0", "255.0.0.0"), localHostOrDomainIs(host, "api.openai.com"),
          String(dnsDomainLevels(host)), dnsResolve("127.0.0.9"), dnsResolve("localhost"), String(dnsResolve("nowhere.invalid")), isInNetEx("fd00::1", "fd00::/8"), dateRange(1, 31), isResolvable("127.0.0.9"), /^[0-9.]+$/.test(myIpAddress()), weekdayRange("SUN", "SAT"), typeof process, typeof require, typeof fetch].join(" ");
      }`),
    );
    expect(await kept(server.url).pac.find(asked())).toBe(
      'true true true true true 2 127.0.0.9 127.0.0.1 null true true true true true undefined undefined undefined',
    );
  });

  it.each(uselessAnswers)('that answers %s means straight out, and says why', async (_what, answer, words) => {
    const server = await pacServer(answer);
    const { pac, concerns } = kept(server.url, { fetchMs: 200 });
    expect(await pac.find(asked())).toBeUndefined();
    expect(concerns).toEqual([expect.stringMatching(words)]);
    expect(concerns[0]).toContain(server.url);
    expect(pac.source).toBeUndefined();
    // Nobody waits a second time before another attempt is due.
    expect(await pac.find(asked())).toBeUndefined();
    expect(server.requests).toBeLessThan(5);
  });

  it('is fetched again when it is old, while the old one goes on answering; a failure then takes nothing away', async () => {
    const clock = world();
    const server = await pacServer((response) => response.end(says('PROXY a:1')));
    const { pac } = kept(server.url, { ...clock.options, maxAgeMs: 60_000 });
    expect(await pac.find(asked())).toBe('PROXY a:1');
    server.answer = (response) => response.end(says('PROXY b:1'));
    clock.time = 60_000;
    expect(await pac.find(asked())).toBe('PROXY a:1');
    await until(() => pac.source === says('PROXY b:1'));
    expect(await pac.find(asked())).toBe('PROXY b:1');
    server.answer = (response) => response.writeHead(500).end();
    clock.time = 120_000;
    await pac.find(asked());
    await until(() => server.requests === 3);
    expect(await pac.find(asked('other.example'))).toBe('PROXY b:1');
  });

  it('is fetched again on another network before it is asked; when it is not there, straight out', async () => {
    const clock = world();
    const server = await pacServer((response) => response.end(says('PROXY office:1')));
    const { pac, concerns } = kept(server.url, clock.options);
    expect(await pac.find(asked())).toBe('PROXY office:1');
    clock.time = 10_000;
    clock.network = 'hotel';
    server.answer = (response) => response.writeHead(503).end();
    expect(await pac.find(asked())).toBeUndefined();
    expect(concerns.at(-1)).toMatch(/answers 503/);
    clock.time = 20_000;
    clock.network = 'office';
    server.answer = (response) => response.end(says('PROXY office:1'));
    expect(await pac.find(asked())).toBe('PROXY office:1');
    expect(concerns.at(-1)).toBeUndefined();
  });

  it('that throws for one host is still asked about others', async () => {
    const server = await pacServer((response) =>
      response.end('function FindProxyForURL(url, host) { if (host == "bad.example") null.x; return "PROXY a:1"; }'),
    );
    const { pac, concerns } = kept(server.url);
    expect(await pac.find(asked('bad.example'))).toBeUndefined();
    expect(await pac.find(asked('good.example'))).toBe('PROXY a:1');
    expect(concerns).toHaveLength(2);
  });

  it('that hangs is ended in its time, with everybody who waits for it', async () => {
    const server = await pacServer((response) => response.end('function FindProxyForURL(url, host) { while (host == "slow.example") {} return "PROXY a:1"; }'));
    const { pac, concerns } = kept(server.url, { evaluateMs: 300 });
    expect(await pac.find(asked('good.example'))).toBe('PROXY a:1');
    expect(await Promise.all([pac.find(asked('slow.example')), pac.find(asked('behind.example'))])).toEqual([undefined, undefined]);
    expect(concerns.at(-1)).toMatch(/did not end within 300 ms/);
    expect(await pac.find(asked('good.example'))).toBeUndefined();
  });

  it('keeps an answer for a while, and asks again then', async () => {
    const clock = world();
    const server = await pacServer((response) => response.end('var n = 0; function FindProxyForURL(url, host) { n++; return "PROXY a:" + n; }'));
    const { pac } = kept(server.url, clock.options);
    expect([await pac.find(asked()), await pac.find(asked())]).toEqual(['PROXY a:1', 'PROXY a:1']);
    clock.time = 30_000;
    expect(await pac.find(asked())).toBe('PROXY a:2');
  });
});

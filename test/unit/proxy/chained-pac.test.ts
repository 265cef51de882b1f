import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { UpstreamProxy } from '../../../src/contract/upstream-proxy.ts';
import { ownPacMark } from '../../../src/proxy/chained-pac.ts';
import { servePage } from '../../../src/proxy/pages.ts';
import { noProxyRule } from '../../../src/proxy/upstream/no-proxy-list.ts';
import { startPac } from '../../../src/proxy/upstream/pac-thread.ts';

const hosts = ['api.openai.com', '*.openai.azure.com'];
const manual: UpstreamProxy = { kind: 'manual', http: 'http://ann:secret@plain.corp:3128', https: 'http://ann:secret@proxy.corp:8080', noProxy: [], from: 'x' };

function served(proxy?: UpstreamProxy, pacSource?: string): string {
  const upstream = proxy === undefined ? {} : { upstream: () => ({ proxy, pacSource }) };
  return servePage('GET', '/proxy.pac', { port: () => 7465, hosts, caPem: '', ...upstream }).body.toString();
}

const chained = (pacSource: string | undefined): string => served({ kind: 'pac', url: 'http://wpad/x.pac', from: 'x' }, pacSource);

/** Runs the file in V8, as Chromium does, and in QuickJS; both must say the same. */
async function find(pac: string, host: string, url = `https://${host}/`): Promise<string> {
  const sandbox: { result?: unknown; shExpMatch: unknown } = { shExpMatch: (text: string, end: string) => text.endsWith(end.replace('*', '')) };
  runInNewContext(`${pac}\nresult = FindProxyForURL(${JSON.stringify(url)}, ${JSON.stringify(host)});`, sandbox);
  const program = await startPac(pac, 2_000);
  onTestFinished(() => program.close());
  expect(await program.find(url, host)).toBe(sandbox.result);
  return String(sandbox.result);
}

describe('our PAC file where nothing is in front of the network', () => {
  it('is byte for byte the same, whether that is known or not', () => {
    const plain = served();
    expect(served({ kind: 'direct' })).toBe(plain);
    expect(chained(undefined)).toBe(plain);
    expect(served({ ...manual, http: undefined, https: undefined })).toBe(plain);
    expect(plain.startsWith(ownPacMark)).toBe(true);
  });
});

describe('our PAC file before a proxy that was set by hand', () => {
  it('leads AI hosts to us first, and all else to that proxy, without its password', async () => {
    const pac = served(manual);
    expect(await find(pac, 'api.openai.com')).toBe('PROXY 127.0.0.1:7465; PROXY proxy.corp:8080; DIRECT');
    expect(await find(pac, 'mine.openai.azure.com')).toBe('PROXY 127.0.0.1:7465; PROXY proxy.corp:8080; DIRECT');
    expect(await find(pac, 'example.com')).toBe('PROXY proxy.corp:8080; DIRECT');
    expect(await find(pac, 'example.com', 'http://example.com/')).toBe('PROXY plain.corp:3128; DIRECT');
    expect(await find(pac, 'example.com', 'wss://example.com/')).toBe('PROXY proxy.corp:8080; DIRECT');
    expect(pac).not.toMatch(/ann|secret/);
    expect(pac.startsWith(ownPacMark)).toBe(true);
  });

  it.each([
    ['https://proxy.corp', 'HTTPS proxy.corp:443; DIRECT'],
    ['proxy.corp:3128', 'PROXY proxy.corp:3128; DIRECT'],
    ['socks5://proxy.corp', 'SOCKS5 proxy.corp:1080; DIRECT'],
    ['http://[fd00::1]:8080', 'PROXY [fd00::1]:8080; DIRECT'],
    ['http://127.0.0.1:7465', 'DIRECT'],
  ])('writes %s as %s', async (https, word) => {
    expect(await find(served({ ...manual, https }), 'example.com')).toBe(word);
  });

  it('knows the way of one scheme only', async () => {
    const pac = served({ ...manual, http: undefined });
    expect(await find(pac, 'example.com', 'http://example.com/')).toBe('DIRECT');
    expect(await find(pac, 'example.com')).toBe('PROXY proxy.corp:8080; DIRECT');
  });

  const lists = [
    'corp.example',
    '.corp.example',
    '*.corp.example',
    '10.0.0.0/8',
    '10.1.2.3',
    '192.168.*',
    '*intra*',
    '<local>',
    '*',
    '::1',
    '[fd00::1]',
    'corp.example:8443',
    '',
  ];
  const names = [
    'corp.example',
    'git.corp.example',
    'evilcorp.example',
    'corp.example.evil',
    '10.1.2.3',
    '11.0.0.1',
    '192.168.7.9',
    'my-intranet.example',
    'printer',
    'fd00::1',
  ];
  it.each(lists)('reads the exception %j as the connector does', (list) => {
    const pac = served({ ...manual, noProxy: [list] });
    const sandbox: { FindProxyForURL?: (url: string, host: string) => string } = {};
    runInNewContext(pac, sandbox);
    const matches = noProxyRule([list]);
    for (const name of names)
      for (const port of [443, 8443]) {
        const url = `https://${name.includes(':') ? `[${name}]` : name}${port === 443 ? '' : `:${port}`}/`;
        const expected = matches(name, port) ? 'DIRECT' : 'PROXY proxy.corp:8080; DIRECT';
        expect([list, name, port, sandbox.FindProxyForURL?.(url, name)]).toEqual([list, name, port, expected]);
      }
  });

  it('is plain old JavaScript, and leaves this computer alone', async () => {
    const pac = served(manual);
    expect(pac).not.toMatch(/\b(?:let|const|class)\b|=>|`/);
    for (const host of ['localhost', '127.0.0.1', 'a.localhost', '::1']) expect(await find(pac, host)).toBe('DIRECT');
  });
});

describe('our PAC file before one of the organisation', () => {
  const theirs = 'function FindProxyForURL(url, host) { return shExpMatch(host, "*.corp") ? "DIRECT" : "PROXY a:1; PROXY b:2"; }';

  it('says what theirs says, after us for AI hosts', async () => {
    const pac = chained(theirs);
    expect(await find(pac, 'api.openai.com')).toBe('PROXY 127.0.0.1:7465; PROXY a:1; PROXY b:2');
    expect(await find(pac, 'example.com')).toBe('PROXY a:1; PROXY b:2');
    expect(await find(pac, 'git.corp')).toBe('DIRECT');
  });

  it.each([
    ['declares nothing', 'FindProxyForURL = function (url, host) { return "PROXY a:1"; }'],
    ['declares a variable', 'var FindProxyForURL = function () { return "PROXY a:1"; }'],
    ['declares a constant', '"use strict"; const FindProxyForURL = () => "PROXY a:1"; // the end'],
    ['uses our names', 'exact = {}; parents = {}; own = 1; theirs = 2; kept = 3; function FindProxyForURL() { return "PROXY a:1"; }'],
    ['sets it on this', 'this.FindProxyForURL = function () { return "PROXY a:1"; }'],
    ['ends in a comment that looks like HTML', 'function FindProxyForURL() { return "PROXY a:1"; }\n<!-- end'],
  ])('works when theirs %s', async (_what, source) => {
    const pac = chained(source);
    expect(await find(pac, 'api.openai.com')).toBe('PROXY 127.0.0.1:7465; PROXY a:1');
    expect(await find(pac, 'example.com')).toBe('PROXY a:1');
  });

  it.each([
    ['is no JavaScript', 'function FindProxyForURL( {'],
    ['closes our brackets', '}).call({}); })(); function FindProxyForURL() { return "PROXY evil:1"; } (function () { (function () {'],
    ['leaves a comment open', '/* '],
  ])('is ours alone when theirs %s', (_what, source) => {
    expect(chained(source)).toBe(served());
  });

  it.each([
    ['throws', 'function FindProxyForURL() { throw 1; }'],
    ['throws while it is loaded', 'throw new Error("no"); function FindProxyForURL() { return "PROXY a:1"; }'],
    ['has no function', 'var a = 1;'],
    ['answers a number', 'function FindProxyForURL() { return 7; }'],
    ['answers nothing', 'function FindProxyForURL() { return " ; "; }'],
    ['leads back to us', 'function FindProxyForURL() { return "PROXY 127.0.0.1:7465; PROXY localhost:7465"; }'],
  ])('goes straight when theirs %s', async (_what, source) => {
    const pac = chained(source);
    expect(await find(pac, 'api.openai.com')).toBe('PROXY 127.0.0.1:7465; DIRECT');
    expect(await find(pac, 'example.com')).toBe('DIRECT');
  });
});

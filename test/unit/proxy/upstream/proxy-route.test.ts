import { describe, expect, it } from 'vitest';
import type { UpstreamProxy } from '../../../../src/contract/upstream-proxy.ts';
import { hopName, hopOfUrl, hopsOfPacAnswer } from '../../../../src/proxy/upstream/proxy-hops.ts';
import { ProxyRoutes } from '../../../../src/proxy/upstream/proxy-route.ts';

const asked = (host: string, scheme: 'http' | 'https' = 'https') => ({ scheme, host, port: scheme === 'https' ? 443 : 80 });
const manual: UpstreamProxy = {
  kind: 'manual',
  https: 'http://proxy.corp:8080',
  http: 'http://plain.corp:3128',
  noProxy: ['.corp'],
  from: 'GNOME proxy settings',
};

function routes(upstreamProxy: () => UpstreamProxy, answer?: string) {
  const concerns: (readonly [string, string])[] = [];
  const opened: string[] = [];
  const found = new ProxyRoutes({
    upstreamProxy,
    isOwnPort: (port) => port === 7465,
    openPac: (url) => {
      opened.push(url);
      return { find: () => Promise.resolve(answer), source: 'their text', ready: Promise.resolve(), close: () => void opened.push(`closed ${url}`) };
    },
    concern: (code, detail) => detail !== undefined && concerns.push([code, detail]),
  });
  return { found, concerns, opened };
}

describe('the way to a host', () => {
  it('is straight, at once, where there is no proxy', async () => {
    const { found } = routes(() => ({ kind: 'direct' }));
    expect(found.find(asked('api.openai.com'))).toBeUndefined();
    expect(await found.describe(asked('api.openai.com'))).toEqual({ via: ['DIRECT'], from: 'no proxy is set' });
  });

  it('is the proxy of its scheme, without a promise, but for the exceptions and this computer', async () => {
    const { found } = routes(() => manual);
    expect(found.find(asked('api.openai.com'))).not.toBeInstanceOf(Promise);
    expect(await found.describe(asked('api.openai.com'))).toEqual({ via: ['proxy.corp:8080'], from: 'GNOME proxy settings' });
    expect((await found.describe(asked('example.com', 'http'))).via).toEqual(['plain.corp:3128']);
    expect(await found.describe(asked('git.corp'))).toEqual({ via: ['DIRECT'], from: 'the exceptions of GNOME proxy settings' });
    expect(await found.describe(asked('localhost'))).toEqual({ via: ['DIRECT'], from: 'this computer itself' });
  });

  it('follows what the machine says while the agent runs, and gives the PAC file before it back', async () => {
    let now: UpstreamProxy = { kind: 'pac', url: 'http://wpad.corp/a.pac', from: 'the network' };
    const { found, opened } = routes(() => now, 'HTTPS a:443; DIRECT');
    expect(await found.describe(asked('x.example'))).toEqual({ via: ['https://a:443', 'DIRECT'], from: 'the PAC file of the network' });
    now = { ...now };
    await found.describe(asked('x.example'));
    expect(opened).toEqual(['http://wpad.corp/a.pac']);
    now = { kind: 'direct' };
    expect((await found.describe(asked('x.example'))).via).toEqual(['DIRECT']);
    expect(opened).toEqual(['http://wpad.corp/a.pac', 'closed http://wpad.corp/a.pac']);
  });

  it.each([['http://127.0.0.1:7465'], ['http://localhost:7465'], ['http://[::1]:7465']])('never leads back to us: %s is skipped, and told', async (url) => {
    const { found, concerns } = routes(() => ({ ...manual, https: url }));
    expect((await found.describe(asked('api.openai.com'))).via).toEqual(['DIRECT']);
    expect(concerns).toEqual([['proxy-is-self', 'GNOME proxy settings names Heimdall itself']]);
  });

  it('never leads back to us by a PAC file, ours or theirs', async () => {
    const theirs = routes(() => ({ kind: 'pac', url: 'http://wpad/x.pac', from: 'x' }), 'PROXY 127.0.0.1:7465; PROXY proxy.corp:8080');
    expect((await theirs.found.describe(asked('a.example'))).via).toEqual(['proxy.corp:8080']);
    const ours = routes(() => ({ kind: 'pac', url: 'http://127.0.0.1:7465/proxy.pac', from: 'x' }));
    expect((await ours.found.describe(asked('a.example'))).via).toEqual(['DIRECT']);
    expect(ours.opened).toEqual([]);
    expect(ours.concerns).toHaveLength(1);
  });

  it('is straight when the PAC file cannot be used, and says so', async () => {
    const { found } = routes(() => ({ kind: 'pac', url: 'http://wpad/x.pac', from: 'the network' }));
    expect(await found.describe(asked('a.example'))).toEqual({ via: ['DIRECT'], from: 'the network, whose PAC file cannot be used' });
  });
});

describe('the words of a PAC answer', () => {
  it.each([
    ['DIRECT', ['DIRECT']],
    ['', ['DIRECT']],
    [' proxy a:1 ;HTTPS b:2; ;direct', ['a:1', 'https://b:2', 'DIRECT']],
    ['PROXY [fd00::1]:3128', ['[fd00::1]:3128']],
    ['PROXY a', ['a:80']],
    ['SOCKS5 s:1080; PROXY a:1', ['SOCKS5 s:1080', 'a:1']],
    ['QUIC q:443', ['QUIC q:443']],
    ['PROXY', ['a proxy']],
  ])('%j means %j', (answer, names) => {
    expect(hopsOfPacAnswer(answer).map(hopName)).toEqual(names);
  });

  it('refuses SOCKS by name, with what to do', () => {
    const [hop] = hopsOfPacAnswer('SOCKS s:1080');
    expect(hop).toMatchObject({ kind: 'refused', reason: expect.stringContaining('does not speak SOCKS') as string });
    expect(hopOfUrl('socks5://s:1080')).toMatchObject({ kind: 'refused', name: 'socks5://s:1080' });
  });

  it.each([
    ['http://ann:p%40ss@proxy.corp:8080', { host: 'proxy.corp', port: 8080, secure: false, user: 'ann', password: 'p@ss' }],
    ['proxy.corp:8080', { host: 'proxy.corp', port: 8080, secure: false, user: undefined }],
    ['https://proxy.corp', { host: 'proxy.corp', port: 443, secure: true }],
    ['http://[::1]:8080', { host: '::1', port: 8080 }],
    ['http://a%:b@proxy.corp:1', { user: 'a%' }],
  ])('reads the address %s', (url, hop) => {
    expect(hopOfUrl(url)).toMatchObject(hop);
    expect(hopName(hopOfUrl(url))).not.toContain('@');
  });

  it.each(['http://', 'ftp://x', 'http://:80'])('%j is no proxy', (url) => {
    expect(hopOfUrl(url).kind).toBe('refused');
  });
});

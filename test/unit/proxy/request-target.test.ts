import { describe, expect, it } from 'vitest';
import { parseAuthority, resolveConnected, resolvePlain } from '../../../src/proxy/request-target.ts';

const refused = (code: string) => expect.objectContaining({ code }) as Error;

describe('the target of CONNECT', () => {
  it.each([
    ['api.openai.com:443', 'api.openai.com', 443],
    ['API.OpenAI.com.:443', 'api.openai.com', 443],
    ['[2606:4700::1]:8443', '2606:4700::1', 8443],
    ['[::ffff:127.0.0.1]:1', '::ffff:127.0.0.1', 1],
    ['a_b.example:65535', 'a_b.example', 65_535],
    ['2130706433:80', '2130706433', 80],
  ])('%s is read', (text, host, port) => {
    expect(parseAuthority(text)).toEqual({ host, port });
  });

  it.each([
    'api.openai.com',
    'a:0',
    'a:65536',
    'a:',
    ':443',
    'a:443:443',
    '::1:443',
    '[::1]',
    '[::1',
    '.:443',
    'api.openai.com..:443',
    'api..openai.com:443',
    '.api.openai.com:443',
    'a b:443',
    'a/b:443',
    'user@a:443',
    'a%2e:443',
    'ä.example:443',
    'a:+443',
    'a:0x1bb',
    'a:443\r\n',
    'http://a:443',
  ])('%j is refused', (text) => {
    expect(() => parseAuthority(text)).toThrow(refused('bad-request'));
  });
});

const line = (target: string, headers: readonly string[] = []) => ({ method: 'GET', target, version: '1.1' as const, headers });

describe('a request outside any tunnel', () => {
  it.each([
    ['http://a.example/x?y', 'a.example', 80, '/x?y'],
    ['HTTP://A.example:8080', 'a.example', 8080, '/'],
    ['http://a.example?y', 'a.example', 80, '/?y'],
    ['http://[::1]:81/', '::1', 81, '/'],
    ['http://[::1]/', '::1', 80, '/'],
    ['http://a.example//x', 'a.example', 80, '//x'],
  ])('to %s is for that host', (target, host, port, path) => {
    expect(resolvePlain(line(target, ['Host', 'x']))).toMatchObject({ scheme: 'http', host, port, path });
  });

  it.each(['/proxy.pac', '/', '*'])('to %s is for the port itself', (target) => {
    expect(resolvePlain(line(target, ['Host', 'evil.example']))).toMatchObject({ host: '', path: target });
  });

  it('has a Host that says what its target says, where it stood', () => {
    expect(resolvePlain(line('http://a.example:81/', ['A', '1', 'HOST', 'evil.example', 'B', '2'])).headers).toEqual([
      'A',
      '1',
      'HOST',
      'a.example:81',
      'B',
      '2',
    ]);
    expect(resolvePlain(line('http://a.example/')).headers).toEqual(['Host', 'a.example']);
    const same = ['Host', 'a.example'];
    expect(resolvePlain(line('http://a.example/', same)).headers).toBe(same);
  });

  it.each([
    'https://a.example/',
    'ftp://a/',
    'http://',
    'http:///x',
    'http://user@a/',
    'http://user:pw@a/',
    'http://a/#x',
    'a.example:443',
    'http://a:0/',
    'http://a b/',
    'http://::1/',
    'x',
  ])('to %j is refused', (target) => {
    expect(() => resolvePlain(line(target))).toThrow(refused('bad-request'));
  });
});

describe('a request inside a tunnel', () => {
  const dialled = { host: 'api.openai.com', port: 443 };
  const connected = (path = '/', httpVersion: '1.0' | '1.1' | '2' = '1.1') => ({ method: 'GET', path, headers: ['A', '1'], httpVersion });

  it.each(['api.openai.com', 'API.openai.com', 'api.openai.com:443', 'api.openai.com.'])('for %s is for the host that was dialled', (host) => {
    expect(resolveConnected(connected('/v1?x'), host, dialled)).toEqual({ ...connected('/v1?x'), scheme: 'https', host: 'api.openai.com', port: 443 });
  });

  it.each([
    'evil.example',
    'api.openai.com.evil.example',
    'api.openai.com:8443',
    'user@api.openai.com',
    'api.openai.com:443:443',
    '',
    ' ',
    'api.openai.com,evil.example',
    '[api.openai.com',
  ])('for %j is misdirected', (host) => {
    expect(() => resolveConnected(connected(), host, dialled)).toThrow(refused('address-refused'));
  });

  it('to an address takes it in brackets', () => {
    const there = { host: '2606:4700::1', port: 8443 };
    expect(resolveConnected(connected(), '[2606:4700::1]:8443', there).host).toBe('2606:4700::1');
    expect(() => resolveConnected(connected(), '[2606:4700::2]:8443', there)).toThrow(refused('address-refused'));
  });

  it('needs a host, but for HTTP/1.0, and a path', () => {
    expect(resolveConnected(connected('/', '1.0'), undefined, dialled).host).toBe('api.openai.com');
    expect(() => resolveConnected(connected(), undefined, dialled)).toThrow(refused('bad-request'));
    for (const path of ['https://api.openai.com/', 'api.openai.com:443', 'x', ''])
      expect(() => resolveConnected(connected(path), 'api.openai.com', dialled)).toThrow(refused('bad-request'));
  });
});

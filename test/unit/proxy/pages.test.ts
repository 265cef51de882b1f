import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { interceptedHosts, matchHost } from '../../../src/catalog/match.ts';
import { headerValue } from '../../../src/proxy/headers.ts';
import { pacFile, servePage } from '../../../src/proxy/pages.ts';

const sources = { port: () => 7465, hosts: ['api.openai.com', '*.openai.azure.com'], caPem: '-----BEGIN CERTIFICATE-----\n' };

/** Runs the PAC as a browser does: in a sandbox that has nothing. */
function find(pac: string, host: string): string {
  const sandbox: { result?: unknown } = {};
  runInNewContext(`${pac}\nresult = FindProxyForURL(${JSON.stringify(`https://${host}/`)}, ${JSON.stringify(host)});`, sandbox);
  return String(sandbox.result);
}

describe('the PAC file', () => {
  const pac = pacFile(sources.hosts, 7465);

  it.each(['api.openai.com', 'API.OpenAI.com', 'mine.openai.azure.com'])('sends %s to the proxy, and straight out should that be gone', (host) => {
    expect(find(pac, host)).toBe('PROXY 127.0.0.1:7465; DIRECT');
  });

  it.each([
    'openai.com',
    'x.api.openai.com',
    'openai.azure.com',
    'a.b.openai.azure.com',
    'evilapi.openai.com',
    'localhost',
    '',
    'hasOwnProperty',
    'constructor',
    '__proto__',
    'a.__proto__',
    '127.0.0.1',
    '.openai.azure.com',
  ])('sends %j straight out', (host) => {
    expect(find(pac, host)).toBe('DIRECT');
  });

  it('agrees with the catalog on every host in it', () => {
    const whole = pacFile(interceptedHosts(), 1);
    for (const pattern of interceptedHosts()) {
      const host = pattern.replace('*', 'some');
      expect([host, find(whole, host), matchHost(host)?.handling]).toEqual([host, 'PROXY 127.0.0.1:1; DIRECT', 'intercept']);
    }
  });

  it('is plain old JavaScript, for engines that know no newer', () => {
    expect(pac).not.toMatch(/\b(?:let|const|class)\b|=>|`/);
  });
});

describe('the pages of the port', () => {
  it.each([
    ['/proxy.pac', 200, 'application/x-ns-proxy-autoconfig'],
    ['/proxy.pac?x', 200, 'application/x-ns-proxy-autoconfig'],
    ['/ca.pem', 200, 'application/x-pem-file'],
    ['/', 200, 'text/html; charset=utf-8'],
    ['/nothing', 404, 'text/html; charset=utf-8'],
    ['*', 404, 'text/html; charset=utf-8'],
  ])('%s answers %i as %s', (path, status, contentType) => {
    const page = servePage('GET', path, sources);
    expect([page.status, headerValue(page.headers, 'content-type')]).toEqual([status, contentType]);
    expect(headerValue(page.headers, 'content-length')).toBe(String(page.body.length));
    expect(headerValue(page.headers, 'content-security-policy')).toContain("default-src 'none'");
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('are not for %s', (method) => {
    const page = servePage(method, '/', sources);
    expect([page.status, headerValue(page.headers, 'allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('never repeat what was asked for', () => {
    expect(servePage('GET', '/<script>alert(1)</script>', sources).body.toString()).not.toContain('alert');
  });
});

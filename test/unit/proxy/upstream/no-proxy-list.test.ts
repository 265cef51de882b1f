import { describe, expect, it } from 'vitest';
import { isLoopback, noProxyRule } from '../../../../src/proxy/upstream/no-proxy-list.ts';

const matches = (list: string, host: string, port = 443): boolean => noProxyRule([list])(host, port);

describe('a list of exceptions', () => {
  it.each([
    ['corp.example', 'corp.example'],
    ['corp.example', 'git.corp.example'],
    ['corp.example', 'GIT.Corp.Example.'],
    ['.corp.example', 'git.corp.example'],
    ['*.corp.example', 'a.b.corp.example'],
    ['*', 'anything.example'],
    ['a.example, corp.example', 'corp.example'],
    ['a.example;corp.example|b.example', 'b.example'],
    ['http://corp.example', 'corp.example'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.0.0.0/8', '10.200.0.1'],
    ['192.168.*', '192.168.7.9'],
    ['*intra*', 'my-intranet.example'],
    ['<local>', 'printer'],
    ['fd00::/8', 'fd12::1'],
    ['fd00::/8', '[fd12::1]'],
    ['::1', '[::1]'],
    ['[fd00::1]', 'fd00::1'],
    ['fd00:0:0::1', 'fd00::1'],
  ])('%s lets %s out', (list, host) => {
    expect(matches(list, host)).toBe(true);
  });

  it.each([
    ['corp.example', 'evilcorp.example'],
    ['corp.example', 'corp.example.evil'],
    ['.corp.example', 'corp.example'],
    ['*.corp.example', 'corp.example'],
    ['10.0.0.0/8', '11.0.0.1'],
    ['10.0.0.0/8', 'ten.example'],
    ['10.0.0.0/99', '10.0.0.1'],
    ['fd00::/8', '10.0.0.1'],
    ['1.2.3.4', '11.2.3.4'],
    ['192.168.*', '192x168.1'],
    ['<local>', 'printer.corp'],
    ['<local>', '::1'],
    ['<-loopback>', 'localhost'],
    ['', 'anything'],
    ['a(b', 'a(bc'],
  ])('%s does not let %s out', (list, host) => {
    expect(matches(list, host)).toBe(false);
  });

  it.each([
    ['corp.example:8443', 'corp.example', 8443, true],
    ['corp.example:8443', 'corp.example', 443, false],
    ['10.1.2.3:80', '10.1.2.3', 80, true],
    ['[::1]:8080', '::1', 8080, true],
    ['[::1]:8080', '::1', 443, false],
    ['*:8080', 'any.example', 8080, true],
  ])('%s, asked for %s port %i: %s', (list, host, port, expected) => {
    expect(matches(list, host, port)).toBe(expected);
  });

  it.each(['localhost', 'LOCALHOST.', 'a.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])('%s is this computer', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['localhost.example', '128.0.0.1', '127.example', '::2', '0.0.0.0'])('%s is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

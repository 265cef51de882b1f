import { describe, expect, it } from 'vitest';
import { authorizationFor, chooseScheme, offeredSchemes } from '../../../../src/proxy/upstream/proxy-authorization.ts';
import type { ProxyHop } from '../../../../src/proxy/upstream/proxy-hops.ts';

const proxy: ProxyHop = { kind: 'proxy', secure: false, host: 'proxy.corp', port: 8080, user: undefined, password: undefined };

describe('what a proxy offers', () => {
  it.each([
    [['Basic realm="corp"'], ['basic']],
    [
      ['Negotiate', 'NTLM', 'Basic realm="a, b"'],
      ['negotiate', 'ntlm', 'basic'],
    ],
    [['Negotiate, NTLM, Basic realm="x"'], ['negotiate', 'ntlm', 'basic']],
    [['Negotiate oRQwEqADCgEB'], ['negotiate']],
    [['Digest realm="x", nonce="y", qop="auth", algorithm=MD5, Basic realm="x"'], ['digest', 'basic']],
    [['basic'], ['basic']],
    [[''], []],
    [[], []],
  ])('in %j is %j', (challenges, offered) => {
    expect(offeredSchemes(challenges)).toEqual(offered);
  });

  it('is taken by a password that somebody set first, then by the login of the user', () => {
    const offered = ['ntlm', 'negotiate', 'basic'];
    const withUser = { ...proxy, user: 'ann' };
    expect(chooseScheme(offered, withUser, new Set())).toBe('basic');
    expect(chooseScheme(offered, withUser, new Set(['basic']))).toBe('negotiate');
    expect(chooseScheme(offered, withUser, new Set(['basic', 'negotiate']))).toBeUndefined();
    expect(chooseScheme(offered, proxy, new Set())).toBe('negotiate');
    expect(chooseScheme(['basic'], proxy, new Set())).toBeUndefined();
  });

  it('asks the system for a token of the host of the proxy', async () => {
    expect(await authorizationFor('negotiate', proxy, ({ host }) => Promise.resolve(`token of ${host}`))).toBe('Negotiate token of proxy.corp');
  });

  it('that the system cannot give is told with its reason', async () => {
    const none = () => Promise.reject(new Error('No ticket.'));
    await expect(authorizationFor('negotiate', proxy, none)).rejects.toMatchObject({
      code: 'proxy-auth',
      message: expect.stringMatching(/proxy\.corp:8080 .*No ticket\. Log in to the domain/) as string,
    });
  });
});

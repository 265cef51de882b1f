// Chooses how to log in to a proxy that asks (407), and makes what it wants to see.
import { AgentError, messageOf } from '../../contract/errors.ts';
import { hopName } from './proxy-hops.ts';
import type { ProxyHop } from './proxy-hops.ts';

export type AuthScheme = 'basic' | 'negotiate';

/** Makes a SPNEGO token for a service of the user's own login, base64. Rejects, saying why, where the system has none. */
export type NegotiateToken = (service: { readonly host: string }) => Promise<string>;

/** The schemes a proxy offers, lower case, in its order. */
export function offeredSchemes(challenges: readonly string[]): readonly string[] {
  // Several may share a line: a scheme is a word that no `=` follows, at the beginning or after a comma.
  const found = challenges.flatMap((line) => [...line.matchAll(/(?:^|,)[ \t]*([A-Za-z][\w-]*)(?=[ \t]+[^=,\s]|[ \t]*(?:,|$))/g)]);
  return [...new Set(found.map((match) => (match[1] ?? '').toLowerCase()))];
}

/** The next scheme to try, of those not tried yet: a password that somebody set comes before the user's own login. */
export function chooseScheme(offered: readonly string[], hop: ProxyHop, tried: ReadonlySet<AuthScheme>): AuthScheme | undefined {
  const wanted: readonly AuthScheme[] = hop.user === undefined ? ['negotiate'] : ['basic', 'negotiate'];
  return wanted.find((scheme) => offered.includes(scheme) && !tried.has(scheme));
}

export const basicAuthorization = ({ user = '', password = '' }: ProxyHop): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** The value of `Proxy-Authorization`. Rejects with proxy-auth. */
export async function authorizationFor(scheme: AuthScheme, hop: ProxyHop, negotiate: NegotiateToken): Promise<string> {
  if (scheme === 'basic') return basicAuthorization(hop);
  try {
    return `Negotiate ${await negotiate({ host: hop.host })}`;
  } catch (error) {
    const what = `The proxy ${hopName(hop)} asks for a login (407, Negotiate), and this computer has none to show: ${messageOf(error)}`;
    throw new AgentError('proxy-auth', `${what} Log in to the domain (kinit), or set user and password under network.upstreamProxy.`, { cause: error });
  }
}

/** Why nothing is left to try. */
export function authFailed(hop: ProxyHop, offered: readonly string[], tried: ReadonlySet<AuthScheme>): AgentError {
  const proxy = `The proxy ${hopName(hop)} refused the connection (407 Proxy Authentication Required)`;
  if (tried.has('basic')) {
    return new AgentError(
      'proxy-auth',
      `${proxy}: it does not accept the user ${JSON.stringify(hop.user)} with this password. Correct them where the proxy is set.`,
    );
  }
  if (tried.has('negotiate')) {
    return new AgentError(
      'proxy-auth',
      `${proxy}: it does not accept the login of this user (Negotiate). Ask who runs the proxy whether this user may use it.`,
    );
  }
  if (offered.includes('basic')) {
    return new AgentError('proxy-auth', `${proxy}: it asks for a user name and a password. Set user and password under network.upstreamProxy.`);
  }
  const names = offered.length === 0 ? 'no scheme at all' : offered.map((name) => (name === 'ntlm' ? 'NTLM' : name)).join(', ');
  const reason = `it offers ${names}, and Heimdall logs in by Basic and Negotiate only`;
  return new AgentError('proxy-auth', `${proxy}: ${reason}. Ask who runs the proxy for one of these, or put a local proxy that speaks its scheme in between.`);
}

// Opens tunnels through the proxies of the organisation: logs in when asked, and remembers what each wants and which is down.
import type { Socket } from 'node:net';
import { AgentError } from '../../contract/errors.ts';
import type { AbsoluteForm } from './absolute-form.ts';
import { askForTunnel } from './proxy-handshake.ts';
import { authFailed, authorizationFor, basicAuthorization, chooseScheme, offeredSchemes } from './proxy-authorization.ts';
import type { AuthScheme, NegotiateToken } from './proxy-authorization.ts';
import { hopName } from './proxy-hops.ts';
import type { Hop, ProxyHop } from './proxy-hops.ts';

export interface ProxyDialerOptions {
  /** A connection to the proxy itself, inside TLS where it wants that. Rejects with proxy-unreachable. */
  readonly dial: (hop: ProxyHop) => Promise<Socket>;
  readonly timeoutMs: number;
  readonly negotiate: NegotiateToken;
  readonly now?: () => number;
}

/** How long a proxy that did not answer is tried last. */
const downMs = 30_000;

export class ProxyDialer {
  readonly #options: ProxyDialerOptions;
  /** What each proxy accepted last: shown at once the next time, which spares a round trip. */
  readonly #schemes = new Map<string, AuthScheme>();
  readonly #downUntil = new Map<string, number>();
  readonly #now: () => number;

  constructor(options: ProxyDialerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** The same ways, with proxies that were down a moment ago at the end. */
  byPromise(hops: readonly Hop[]): readonly Hop[] {
    if (this.#downUntil.size === 0 || hops.length < 2) return hops;
    const isDown = (hop: Hop): boolean => hop.kind === 'proxy' && (this.#downUntil.get(hopName(hop)) ?? 0) > this.#now();
    return [...hops.filter((hop) => !isDown(hop)), ...hops.filter(isDown)];
  }

  /** A tunnel to `host:port`. Rejects with proxy-unreachable, proxy-refused or proxy-auth, each naming the proxy. */
  async open(hop: ProxyHop, { host, port }: { readonly host: string; readonly port: number }): Promise<Socket> {
    const name = hopName(hop);
    try {
      const socket = await this.#open(hop, `${bracketed(host)}:${port}`);
      this.#downUntil.delete(name);
      return socket;
    } catch (error) {
      if (error instanceof AgentError && error.code === 'proxy-unreachable') this.#downUntil.set(name, this.#now() + downMs);
      throw error;
    }
  }

  /** How plain HTTP requests to this host look on a connection to the proxy; undefined where only a tunnel will do: a Negotiate token is good for one request. */
  absoluteForm(hop: ProxyHop, { host, port }: { readonly host: string; readonly port: number }): AbsoluteForm | undefined {
    const key = keyOf(hop);
    if (this.#schemes.get(key) === 'negotiate') return undefined;
    return {
      prefix: `http://${bracketed(host)}${port === 80 ? '' : `:${port}`}`,
      authorization: hop.user === undefined ? undefined : basicAuthorization(hop),
      challenged: (challenges) => {
        const tried = new Set<AuthScheme>(hop.user === undefined ? [] : ['basic']);
        const offered = offeredSchemes(challenges);
        const next = chooseScheme(offered, hop, tried);
        // From now on by a tunnel, on which the login can be shown.
        if (next !== undefined) this.#schemes.set(key, next);
        return next === undefined
          ? authFailed(hop, offered, tried)
          : new AgentError('proxy-auth', `The proxy ${hopName(hop)} asks for a login (407); Heimdall shows it from the next call on. Try again.`);
      },
    };
  }

  async #open(hop: ProxyHop, authority: string): Promise<Socket> {
    const key = keyOf(hop);
    const tried = new Set<AuthScheme>();
    for (let scheme = this.#schemes.get(key); ;) {
      const authorization = scheme === undefined ? undefined : await authorizationFor(scheme, hop, this.#options.negotiate);
      const socket = await this.#options.dial(hop);
      const answer = await askForTunnel(socket, hop, { authority, authorization, timeoutMs: this.#options.timeoutMs });
      if (answer.status < 300) {
        if (scheme !== undefined) this.#schemes.set(key, scheme);
        return socket;
      }
      // A new connection for the next question: the answer may carry a body, and many proxies close after a 407.
      socket.on('error', () => undefined).destroy();
      if (answer.status !== 407) throw refused(hop, authority, answer.status, answer.reason);
      if (scheme !== undefined) tried.add(scheme);
      this.#schemes.delete(key);
      const offered = offeredSchemes(answer.challenges);
      scheme = chooseScheme(offered, hop, tried);
      if (scheme === undefined) throw authFailed(hop, offered, tried);
    }
  }
}

const keyOf = (hop: ProxyHop): string => `${hop.user ?? ''}@${hopName(hop)}`;
const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

function refused(hop: ProxyHop, authority: string, status: number, reason: string): AgentError {
  const answer = `${status}${reason === '' ? '' : ` ${reason}`}`;
  // Gateway errors are the proxy's word that it could not get through; the rest is its own decision.
  if (status >= 500) return new AgentError('proxy-refused', `The proxy ${hopName(hop)} could not reach ${authority} (${answer}).`);
  const what = `The proxy ${hopName(hop)} refused the connection to ${authority} (${answer})`;
  return new AgentError('proxy-refused', `${what}. Ask who runs the proxy to allow this host, or list it as an exception (noProxy).`);
}

// Finds the way to a host: straight out, or by the proxies of the organisation in their order.
import { setTimeout as pause } from 'node:timers/promises';
import type { UpstreamProxy } from '../../contract/upstream-proxy.ts';
import type { ChainedUpstream } from '../chained-pac.ts';
import { bareHost, isLoopback, noProxyRule } from './no-proxy-list.ts';
import type { PacFile } from './pac-file.ts';
import { directHop, hopName, hopOfUrl, hopsOfPacAnswer } from './proxy-hops.ts';
import type { Hop } from './proxy-hops.ts';

/** What is asked for. */
export interface Asked {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
}

/** `hops` is never empty. */
export interface Route {
  readonly hops: readonly Hop[];
  /** Who says so, in words. */
  readonly from: string;
}

/** `via` in the order in which they are tried: `DIRECT`, `proxy.corp:8080`; `from`: who says so, in words. */
export interface RouteDescription {
  readonly via: readonly string[];
  readonly from: string;
}

/** Something that people should know about the way out; undefined detail: it is over. */
export type RouteConcern = (code: 'proxy-pac-failed' | 'proxy-failed' | 'proxy-is-self', detail: string | undefined) => void;

export interface ProxyRoutesOptions {
  /** Asked at each look-up, so it may change its answer at any time; the same answer is best the same object. */
  readonly upstreamProxy: () => UpstreamProxy;
  readonly isOwnPort: (port: number) => boolean;
  readonly openPac: (url: string) => PacFile;
  readonly concern: RouteConcern;
}

type Plan = (asked: Asked) => Route | Promise<Route>;

const straight: Route = { hops: [directHop], from: 'no proxy is set' };
const loopback: Route = { hops: [directHop], from: 'this computer itself' };

export class ProxyRoutes {
  readonly #options: ProxyRoutesOptions;
  #known: UpstreamProxy | undefined;
  #plan: Plan | undefined;
  #pac: PacFile | undefined;

  constructor(options: ProxyRoutesOptions) {
    this.#options = options;
  }

  /** Undefined: straight out. At once, unless a PAC file must be asked. */
  find(asked: Asked): Route | Promise<Route> | undefined {
    const plan = this.#currentPlan();
    return plan === undefined || isLoopback(asked.host) ? undefined : plan(asked);
  }

  /** For people: the ways in their order, and who says so. */
  async describe(asked: Asked): Promise<RouteDescription> {
    const { hops, from } = (await this.find(asked)) ?? (isLoopback(asked.host) ? loopback : straight);
    return { via: hops.map(hopName), from };
  }

  /** What stands in front of the network now, for our own PAC file. */
  get upstream(): ChainedUpstream {
    this.#currentPlan();
    return { proxy: this.#known ?? { kind: 'direct' }, pacSource: this.#pac?.source };
  }

  /** Settles when the way out is known: at once, unless a PAC file is being fetched. Until then hosts seem to be reached straight. */
  async ready(patienceMs: number): Promise<void> {
    this.#currentPlan();
    if (!this.#pac) return;
    const patience = new AbortController();
    await Promise.race([this.#pac.ready, pause(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
  }

  close(): void {
    this.#pac?.close();
    this.#pac = undefined;
  }

  #currentPlan(): Plan | undefined {
    const proxy = this.#options.upstreamProxy();
    if (proxy === this.#known) return this.#plan;
    if (this.#known !== undefined && JSON.stringify(proxy) === JSON.stringify(this.#known)) {
      this.#known = proxy;
      return this.#plan;
    }
    this.#known = proxy;
    this.close();
    for (const code of ['proxy-pac-failed', 'proxy-failed', 'proxy-is-self'] as const) this.#options.concern(code, undefined);
    this.#plan = this.#planFor(proxy);
    return this.#plan;
  }

  #planFor(proxy: UpstreamProxy): Plan | undefined {
    if (proxy.kind === 'direct') return undefined;
    return proxy.kind === 'manual' ? this.#manualPlan(proxy) : this.#pacPlan(proxy);
  }

  #manualPlan(proxy: UpstreamProxy & { kind: 'manual' }): Plan {
    const excepted = noProxyRule(proxy.noProxy);
    const routeBy = (url: string | undefined): Route | undefined => (url === undefined ? undefined : this.#withoutSelf([hopOfUrl(url)], proxy.from));
    const routes = { http: routeBy(proxy.http), https: routeBy(proxy.https) };
    const outside: Route = { hops: [directHop], from: `the exceptions of ${proxy.from}` };
    const unset: Route = { hops: [directHop], from: proxy.from };
    return (asked) => (excepted(asked.host, asked.port) ? outside : (routes[asked.scheme] ?? unset));
  }

  #pacPlan(proxy: UpstreamProxy & { kind: 'pac' }): Plan {
    const url = URL.parse(proxy.url);
    if (url !== null && isLoopback(url.hostname) && this.#options.isOwnPort(Number(url.port))) {
      this.#options.concern('proxy-is-self', `${proxy.from} names Heimdall's own PAC file`);
      return () => straight;
    }
    const pac = this.#options.openPac(proxy.url);
    this.#pac = pac;
    return async (asked) => {
      const answer = await pac.find(asked);
      if (answer === undefined) return { hops: [directHop], from: `${proxy.from}, whose PAC file cannot be used` };
      return this.#withoutSelf(hopsOfPacAnswer(answer), `the PAC file of ${proxy.from}`);
    };
  }

  /** A way that leads back to us would go round for ever. */
  #withoutSelf(hops: readonly Hop[], from: string): Route {
    const others = hops.filter((hop) => hop.kind !== 'proxy' || !isLoopback(bareHost(hop.host)) || !this.#options.isOwnPort(hop.port));
    if (others.length === hops.length) return { hops, from };
    this.#options.concern('proxy-is-self', `${from} names Heimdall itself`);
    return { hops: others.length === 0 ? [directHop] : others, from };
  }
}

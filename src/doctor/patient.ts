// What the doctor examines: a data folder with its settings, the agent on it or the lack of one, and the machine; the instruments are injected.
import type { SecureContext } from 'node:tls';
import type { LoadedSettings } from '../config/settings.ts';
import type { Machine } from '../config/paths.ts';
import type { CaInfo } from '../contract/control.ts';
import type { RestoredChange, SetupChange, SurfaceGroup } from '../contract/setup.ts';
import type { AgentStatus } from '../contract/status.ts';
import type { UpstreamProxy } from '../contract/upstream-proxy.ts';
import type { SetupSurface } from '../system/surface.ts';
import type { PortHolder } from '../system/port-holder.ts';
import type { Dial } from './wire.ts';

/** The part of the set-up that is looked at and put right. */
export interface SetupCare {
  readonly surfaces: readonly SetupSurface[];
  readonly chosen: ReadonlySet<SurfaceGroup>;
  look(groups: readonly SurfaceGroup[]): Promise<readonly SetupChange[]>;
  apply(groups: readonly SurfaceGroup[]): Promise<readonly SetupChange[]>;
  suspend(): Promise<readonly RestoredChange[]>;
}

/** An agent that answers. */
export interface LivingAgent {
  readonly status: AgentStatus;
  readonly ca: CaInfo;
}

export type TrustProof = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Everything that reaches outside the process. */
export interface Instruments {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly freeBytes: (folder: string) => Promise<number>;
  /** Addresses of a name; rejects when it has none. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
  /** Names of the network interfaces that are up, without loopback. */
  readonly interfaces: () => readonly string[];
  /** A connection as the agent makes it: the same overrides, guard and proxy of the organisation. */
  readonly dial: Dial;
  /** The roots that upstreams are judged by: never our own CA. */
  readonly upstreamTrust: () => SecureContext;
  /** Whether a root with this SHA-256 fingerprint is one that the public relies on, not one somebody has added. */
  readonly isPublicRoot: (fingerprint: string) => boolean;
  /** The proxy of the organisation that calls go through. */
  readonly upstreamProxy: () => UpstreamProxy;
  readonly portHolder: (port: number) => Promise<PortHolder | undefined>;
  /** A handshake for an intercepted host through the agent's port, by these roots and no others. */
  readonly proveTrust: (roots: readonly string[], where: { readonly host: string; readonly port: number }) => Promise<TrustProof>;
  /** The answer of a PAC file for a URL. */
  readonly evaluatePac: (source: string, url: string) => Promise<string>;
  readonly close: () => void;
}

export interface Patient {
  readonly machine: Machine;
  readonly dataDir: string;
  /** Version of the program that examines. */
  readonly version: string;
  /** Undefined: they cannot be read, and `settingsFault` says why. */
  readonly loaded: LoadedSettings | undefined;
  readonly settingsFault: string | undefined;
  readonly agent: LivingAgent | undefined;
  /** Undefined where no certificate was ever made, so nothing can have been set up. */
  readonly setup: SetupCare | undefined;
  /** Interfaces when the agent started; undefined where nobody noted them. */
  readonly interfacesAtStart: readonly string[] | undefined;
  readonly instruments: Instruments;
}

export interface Scope {
  /** Upstreams, DNS and clocks are examined over the network. */
  readonly network: boolean;
  /** The gateway gets a call of its own: WebSocket upgrade and a streaming call with an unknown model. */
  readonly probeGateway: boolean;
}

/** Where the agent listens, or would. */
export function portOf({ agent, loaded }: Patient): number {
  return agent?.status.proxy.port ?? loaded?.settings.port ?? 7465;
}

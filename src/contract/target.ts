// Where a call can go, resolved from settings: everything the forwarder needs, nothing it has to look up.
import type { TargetKind } from './exchange.ts';
import type { TargetLimits, Tier } from './routing.ts';

interface TargetBase {
  readonly id: string;
  readonly kind: TargetKind;
  readonly region?: string | undefined;
  readonly tier?: Tier | undefined;
  readonly limits?: TargetLimits | undefined;
}

/** Whose paths and headers a gateway speaks. */
export type GatewayWire = 'bifrost' | 'litellm' | 'portkey';

/** A central gateway. */
export interface GatewayTarget extends TargetBase {
  readonly kind: 'gateway';
  /** Base URL, no trailing slash. */
  readonly url: URL;
  /** Secret: never in logs, argv or audit. */
  readonly virtualKey: string | undefined;
  readonly wire: GatewayWire;
  /** Further headers: name, value, name, value … May hold secrets: not enumerable. */
  readonly headers: readonly string[];
}

/** A provider straight, with a key from the key store. */
export interface ProviderTarget extends TargetBase {
  readonly kind: 'provider';
  /** Catalog id: `openai`, `anthropic`, `ollama` … */
  readonly provider: string;
  /** In place of the catalog's base URL; no trailing slash. */
  readonly url: URL | undefined;
  /** Labels of its keys; undefined: all that are stored for the provider. */
  readonly keys: readonly string[] | undefined;
  /** Models it serves, with `*`; undefined: every model asked of this provider. */
  readonly models: readonly string[] | undefined;
}

/** The host the client asked for, with the client's own credential. */
export interface OriginTarget extends TargetBase {
  readonly kind: 'origin';
}

/** The model built in for trying Heimdall out; chosen only when configured, or when nothing else is. */
export interface SimulatorTarget extends TargetBase {
  readonly kind: 'simulator';
}

export type Target = GatewayTarget | ProviderTarget | OriginTarget | SimulatorTarget;

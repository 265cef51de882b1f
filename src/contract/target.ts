// Where a call can go, resolved from settings: everything the forwarder needs, nothing it has to look up.
import type { TargetKind } from './exchange.ts';

interface TargetBase {
  readonly id: string;
  readonly kind: TargetKind;
}

/** A central gateway speaking Bifrost's wire: integration prefix per dialect, virtual key in `x-bf-vk`. */
export interface GatewayTarget extends TargetBase {
  readonly kind: 'gateway';
  /** Base URL, no trailing slash. */
  readonly url: URL;
  /** Secret: never in logs, argv or audit. */
  readonly virtualKey: string | undefined;
}

/** The host the client asked for, with the client's own credential. */
export interface OriginTarget extends TargetBase {
  readonly kind: 'origin';
}

/** The model built in for trying Heimdall out; chosen only when configured, or when nothing else is. */
export interface SimulatorTarget extends TargetBase {
  readonly kind: 'simulator';
}

export type Target = GatewayTarget | OriginTarget | SimulatorTarget;

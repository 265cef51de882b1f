// The three names over which a window and the main process speak; both ends take them from here.
import type { BridgeSide } from '../src/contract/shell.ts';

/** One per contract, asked with `invoke(method, params)`, answered with a `BridgeAnswer`. */
export const callChannels = { agent: 'heimdall:agent', shell: 'heimdall:shell' } as const satisfies Record<BridgeSide, string>;

/** To the window: `(side, event, data)`. */
export const eventChannel = 'heimdall:event';

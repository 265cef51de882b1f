// The face's only way out: typed calls and events over what the preload script puts on `window.heimdall`.
import type { EventData, EventName, MethodName, Params, Result } from '../src/contract/control.ts';
import type { BridgeAnswer, ShellData, ShellEvent, ShellMethod, ShellParams, ShellResult } from '../src/contract/shell.ts';

type Side = 'agent' | 'shell';

interface RawBridge {
  invoke(kind: Side, method: string, params: unknown): Promise<BridgeAnswer>;
  listen(kind: Side, event: string, listener: (data: unknown) => void): () => void;
}

declare global {
  interface Window {
    readonly heimdall?: RawBridge;
  }
}

/** `code` is stable (`not-allowed`, `agent-unreachable`, `timeout` …); `message` is a sentence for people. */
export class BridgeError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'BridgeError';
    this.code = code;
  }
}

export function asBridgeError(thrown: unknown): BridgeError {
  if (thrown instanceof BridgeError) return thrown;
  return new BridgeError('internal', thrown instanceof Error ? thrown.message : String(thrown));
}

function raw(): RawBridge {
  if (window.heimdall === undefined) throw new BridgeError('no-bridge', 'This page runs outside the Heimdall window, so it cannot reach the agent.');
  return window.heimdall;
}

async function invoke(side: Side, method: string, params: unknown): Promise<unknown> {
  const answer = await raw().invoke(side, method, params);
  if (answer.ok) return answer.result;
  throw new BridgeError(answer.code, answer.message);
}

// The answer's shape is the contract's: the agent and the shell derive their handlers from the same literal, so it is not checked twice.
export const agent = {
  call: <M extends MethodName>(method: M, params: Params<M>) => invoke('agent', method, params) as Promise<Result<M>>,
  on: <E extends EventName>(event: E, listener: (data: EventData<E>) => void) => raw().listen('agent', event, (data) => listener(data as EventData<E>)),
};

export const shell = {
  call: <M extends ShellMethod>(method: M, params: ShellParams<M>) => invoke('shell', method, params) as Promise<ShellResult<M>>,
  on: <E extends ShellEvent>(event: E, listener: (data: ShellData<E>) => void) => raw().listen('shell', event, (data) => listener(data as ShellData<E>)),
};

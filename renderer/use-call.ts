// Calls to agent and shell as components need them: loading, answer or error, again, and never longer than a timeout.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { MethodName, Params, Result } from '../src/contract/control.ts';
import type { ShellMethod, ShellParams, ShellResult } from '../src/contract/shell.ts';
import { isConnected } from './agent-events.ts';
import { useFace } from './agent-state.ts';
import { agent, asBridgeError, BridgeError, shell } from './bridge.ts';
import { t } from './strings/en.ts';

export interface CallOptions {
  /** Default 15 s; past it the call counts as failed, whatever comes later. */
  readonly timeoutMs?: number;
  /** Asks again at this pace while the window is visible. */
  readonly everyMs?: number;
  /** `false` asks nothing yet. */
  readonly enabled?: boolean;
  /** Keeps the answer to the last parameters until the next one comes, for windows of time that move on. */
  readonly keep?: boolean;
}

export interface Call<T> {
  /** The last answer to these very parameters; stays while it is asked for again. */
  readonly data: T | undefined;
  readonly error: BridgeError | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

export interface Action<P, T> {
  /** The answer, or undefined when it failed: then `error` says why. */
  readonly run: (params: P) => Promise<T | undefined>;
  readonly running: boolean;
  readonly error: BridgeError | undefined;
  readonly clear: () => void;
}

const defaultTimeoutMs = 15_000;

export function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new BridgeError('timeout', t.common.timedOut(timeoutMs / 1000))), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

interface Outcome<T> {
  readonly key: string;
  readonly data: T | undefined;
  readonly error: BridgeError | undefined;
  readonly loading: boolean;
}

function useCall<T>(key: string, ask: () => Promise<T>, { timeoutMs = defaultTimeoutMs, everyMs, enabled = true, keep = false }: CallOptions): Call<T> {
  const [outcome, setOutcome] = useState<Outcome<T>>({ key, data: undefined, error: undefined, loading: enabled });
  const [round, setRound] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (!enabled) return undefined;
    let stale = false;
    setOutcome((before) => (before.key === key || keep ? { ...before, key, loading: true } : { key, data: undefined, error: undefined, loading: true }));
    withTimeout(latest.current(), timeoutMs).then(
      (data) => {
        if (!stale) setOutcome({ key, data, error: undefined, loading: false });
      },
      (thrown: unknown) => {
        if (!stale) setOutcome((before) => ({ key, data: before.key === key ? before.data : undefined, error: asBridgeError(thrown), loading: false }));
      },
    );
    return () => {
      stale = true;
    };
  }, [key, round, enabled, timeoutMs, keep]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    if (everyMs === undefined || !enabled) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, enabled, reload]);
  const current = outcome.key === key || keep ? outcome : { data: undefined, error: undefined, loading: enabled };
  return { data: current.data, error: current.error, loading: current.loading, reload };
}

/** Asks the agent now, at every change of `params`, on `reload`, and when the agent has come back. */
export function useAgentCall<M extends MethodName>(method: M, params: Params<M>, options: CallOptions = {}): Call<Result<M>> {
  const connected = useFace((face) => isConnected(face.link) && face.status !== undefined);
  const call = useCall(`${method} ${JSON.stringify(params)}`, () => agent.call(method, params), options);
  const { reload } = call;
  const wasConnected = useRef(connected);
  useEffect(() => {
    if (connected && !wasConnected.current) reload();
    wasConnected.current = connected;
  }, [connected, reload]);
  // An agent that was still starting says with its snapshot that it has all its parts.
  const hasFailed = call.error !== undefined;
  useEffect(() => (hasFailed ? agent.on('snapshot', reload) : undefined), [hasFailed, reload]);
  return call;
}

function useAction<P, T>(send: (params: P) => Promise<T>, timeoutMs: number): Action<P, T> {
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<BridgeError | undefined>(undefined);
  const latest = useRef(send);
  latest.current = send;
  const run = useCallback(
    async (params: P) => {
      setRunning(true);
      setError(undefined);
      try {
        return await withTimeout(latest.current(params), timeoutMs);
      } catch (thrown) {
        setError(asBridgeError(thrown));
        return undefined;
      } finally {
        setRunning(false);
      }
    },
    [timeoutMs],
  );
  return { run, running, error, clear: useCallback(() => setError(undefined), []) };
}

/** For buttons: nothing is sent until `run`. The view shows the answer, never what it hopes for. */
export function useAgentAction<M extends MethodName>(method: M, timeoutMs = defaultTimeoutMs): Action<Params<M>, Result<M>> {
  return useAction((params: Params<M>) => agent.call(method, params), timeoutMs);
}

export function useShellAction<M extends ShellMethod>(method: M, timeoutMs = defaultTimeoutMs): Action<ShellParams<M>, ShellResult<M>> {
  return useAction((params: ShellParams<M>) => shell.call(method, params), timeoutMs);
}

// Checks what a window asks against the two contracts and turns whatever comes of it into an answer. Threat: a page that was taken over.
import { control } from '../src/contract/control.ts';
import type { ControlClient, MethodName, Params } from '../src/contract/control.ts';
import { codeOf, messageOf } from '../src/contract/errors.ts';
import type { z } from '../src/contract/schema.ts';
import { shell } from '../src/contract/shell.ts';
import type { BridgeAnswer, BridgeSide, ShellMethod, ShellParsed, ShellResult } from '../src/contract/shell.ts';

/** One per method of the shell's contract; `W` is the window that asks. */
export type ShellHandlers<W> = { readonly [M in ShellMethod]: (params: ShellParsed<M>, window: W) => ShellResult<M> | Promise<ShellResult<M>> };

export interface BridgeTargets<W> {
  /** Throws `control-unreachable` while no agent is connected. */
  readonly callAgent: ControlClient['call'];
  /** The shell itself watches the agent; a window that asks is told what is known. */
  readonly watch: (window: W) => void;
  readonly handlers: ShellHandlers<W>;
}

/** Never rejects. */
export async function answerCall<W>(targets: BridgeTargets<W>, side: BridgeSide, method: unknown, params: unknown, window: W): Promise<BridgeAnswer> {
  try {
    const result = side === 'agent' ? await agentCall(targets, method, params, window) : await shellCall(targets, method, params, window);
    return { ok: true, result };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, code: error.code, message: error.message };
    return { ok: false, code: codeOf(error), message: messageOf(error) };
  }
}

class Refusal extends Error {
  readonly code: 'control-unknown-method' | 'control-bad-params';
  constructor(code: Refusal['code'], message: string) {
    super(message);
    this.code = code;
  }
}

async function agentCall<W>({ callAgent, watch }: BridgeTargets<W>, method: unknown, params: unknown, window: W): Promise<unknown> {
  if (!isMethod(control.methods, method)) throw unknownMethod('agent', method);
  const checked = check(method, control.methods[method].params.safeParse(params ?? {}));
  if (method === 'watch') {
    watch(window);
    return { watching: true };
  }
  // The name says which parameters were checked; the compiler cannot follow that through the union.
  return await (callAgent as (name: MethodName, params: Params<MethodName>) => Promise<unknown>)(method, checked as Params<MethodName>);
}

async function shellCall<W>({ handlers }: BridgeTargets<W>, method: unknown, params: unknown, window: W): Promise<unknown> {
  if (!isMethod(shell.methods, method)) throw unknownMethod('shell', method);
  const checked = check(method, shell.methods[method].params.safeParse(params ?? {}));
  return await (handlers[method] as (params: unknown, window: W) => unknown)(checked, window);
}

function isMethod<T extends object>(methods: T, name: unknown): name is keyof T {
  return typeof name === 'string' && Object.hasOwn(methods, name);
}

function unknownMethod(side: BridgeSide, method: unknown): Refusal {
  return new Refusal('control-unknown-method', `The ${side} has no method ${JSON.stringify(method)}.`);
}

type Parsed = { readonly success: true; readonly data: unknown } | { readonly success: false; readonly error: z.ZodError };

function check(method: string, parsed: Parsed): unknown {
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'params'}: ${message}`);
  throw new Refusal('control-bad-params', `${method} does not take these parameters: ${reasons.join('; ')}.`);
}

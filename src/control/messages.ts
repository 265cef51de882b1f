// What the frames of the control socket say, and the reading of them: nothing that arrives is trusted to have a shape.
import { contractVersion } from '../contract/control.ts';
import { AgentError, errorCodes } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';

/** First frame of each side. */
export interface Hello {
  readonly heimdall: { readonly contract: number; readonly version?: string };
}

export interface RequestFrame {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** `id` is null where the frame answered could not be read. */
export type AnswerFrame = { readonly id: number; readonly result: unknown } | { readonly id: number | null; readonly error: WireError };

export interface EventFrame {
  readonly event: string;
  readonly data: unknown;
}

export function hello(version?: string): Hello {
  return { heimdall: { contract: contractVersion, ...(version === undefined ? {} : { version }) } };
}

/** The object on this line; throws `control-bad-request` for anything else. */
export function readObject(line: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new AgentError('control-bad-request', 'A frame on the control socket is not JSON. Each frame is one JSON object on one line.', { cause });
  }
  if (!isObject(value)) throw new AgentError('control-bad-request', 'A frame on the control socket is not a JSON object.');
  return value;
}

/** Throws unless the frame is a hello of the same contract. `side` names the sender. */
export function acceptHello(frame: Readonly<Record<string, unknown>>, side: 'client' | 'agent'): void {
  const body = frame['heimdall'];
  const contract = isObject(body) ? body['contract'] : undefined;
  if (typeof contract !== 'number') {
    throw new AgentError('control-bad-request', `The ${side} did not begin with {"heimdall":{"contract":${contractVersion}}}.`);
  }
  if (contract !== contractVersion) {
    throw new AgentError(
      'control-bad-request',
      `The ${side} speaks control contract ${contract}, this side speaks ${contractVersion}. Update the older of the two and restart the agent.`,
    );
  }
}

export function readRequest(frame: Readonly<Record<string, unknown>>): RequestFrame {
  const { id, method, params } = frame;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw new AgentError('control-bad-request', 'A request needs an integer `id`.');
  if (typeof method !== 'string') throw new AgentError('control-bad-request', 'A request needs a `method`.');
  return { id, method, params: params ?? {} };
}

/** An error as it came over the wire; codes this side does not know become `control-failed`. */
export function readError(value: unknown): AgentError {
  const { code, message } = isObject(value) ? value : {};
  const known = typeof code === 'string' && Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'control-failed';
  return new AgentError(known, typeof message === 'string' ? message : errorCodes[known]);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

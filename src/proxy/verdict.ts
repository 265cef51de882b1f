// Says how an attempt went as far as routing is concerned: by its status, by whose refusal it is, and by what the answer holds.
import type { Dialect } from '../contract/dialect.ts';
import type { AttemptResult, GoOnReason } from '../contract/routing.ts';
import type { Target } from '../contract/target.ts';
import { answerText } from '../dialects/answer-text.ts';
import { mayBeGatewaysOwn, readGatewayRejection } from '../routing/gateway-wire.ts';
import type { GatewayRejection } from '../routing/gateway-wire.ts';
import type { AnswerHead } from './flow.ts';
import { headerValue } from './headers.ts';
import { readHeld } from './held-answer.ts';
import type { Hold, RelayResult } from './relay.ts';

export interface Verdict {
  readonly result: AttemptResult;
  /** The gateway's own refusal, in its words. */
  readonly rejection: GatewayRejection | undefined;
}

export interface Judged {
  readonly target: Target;
  readonly dialect: Dialect;
  /** What only the content of an answer can tell, and the route wants to know. */
  readonly checks: readonly GoOnReason[];
  readonly stream: boolean;
  readonly wantsJson: boolean;
}

/**
 * How long an answer is held back. Errors that another target might not give are short documents and wait for their end.
 * A streamed answer is held no longer than until its first content: held to its end it would be no stream.
 */
export function holdFor({ target, checks, stream }: Judged, head: AnswerHead, options: { hasOthers: boolean; isRacing: boolean }): Hold {
  const { status } = head;
  if (status >= 400) {
    if (target.kind === 'gateway' && mayBeGatewaysOwn(status, target.wire)) return 'whole';
    // Another key of the pool may be taken.
    if (target.kind === 'provider' && [401, 402, 403, 429].includes(status)) return 'whole';
    if (checks.includes('content-filter') && status === 400) return 'whole';
    return options.isRacing || (options.hasOthers && isTargetsFault(status)) ? 'whole' : 'none';
  }
  const isStream = stream || isEventStream(head);
  if (isStream) return options.isRacing || checks.includes('empty') || checks.includes('content-filter') ? 'content' : 'none';
  if (checks.length > 0) return 'whole';
  return options.isRacing ? 'byte' : 'none';
}

const isEventStream = (head: AnswerHead): boolean => headerValue(head.headers, 'content-type')?.includes('text/event-stream') === true;
const isTargetsFault = (status: number): boolean => status === 408 || status === 429 || status >= 500;

export function verdictOf(result: RelayResult, judged: Judged): Verdict {
  switch (result.kind) {
    case 'relayed':
      return plain(ofStatus(result.status, judged.target));
    case 'held':
      return ofHeld(result, judged);
    case 'no-answer':
      return plain(result.error.code === 'upstream-timeout' ? 'timeout' : 'connect');
    case 'broken':
      return plain('broken');
    case 'client-aborted':
      return plain('cancelled');
    case 'lost':
      return plain('slower');
    case 'switched':
      return plain('ok');
  }
}

const plain = (result: AttemptResult): Verdict => ({ result, rejection: undefined });

function ofStatus(status: number, target: Target): AttemptResult {
  if (status < 400) return 'ok';
  if (status === 408) return '408';
  if (status === 429) return '429';
  if (status >= 500) return '5xx';
  if (target.kind === 'provider' && [401, 402, 403].includes(status)) return 'key-refused';
  return 'client-error';
}

type Held = Extract<RelayResult, { kind: 'held' }>;

function ofHeld(held: Held, judged: Judged): Verdict {
  const { status, answer } = held;
  if (status >= 400) {
    const body = readHeld(answer);
    const rejection = judged.target.kind === 'gateway' ? readGatewayRejection(body, judged.target.wire) : undefined;
    if (rejection) return { result: 'gateway-limit', rejection };
    return plain(status === 400 && filterWords.test(body.toString('latin1')) ? 'content-filter' : ofStatus(status, judged.target));
  }
  return plain(checkOrder.find((check) => judged.checks.includes(check) && fails(check, held, judged)) ?? 'ok');
}

/** Azure and OpenAI refuse filtered prompts with a 400 that carries this code. */
const filterWords = /"(?:code|type)"\s*:\s*"(?:content_filter|content_policy_violation|ResponsibleAIPolicyViolation)"/;
/** The reason that explains the others first: what a filter stopped is empty as well. */
const checkOrder: readonly GoOnReason[] = ['content-filter', 'cut-off', 'not-json', 'empty'];

const filterStops: ReadonlySet<string> = new Set([
  'content_filter',
  'refusal',
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'guardrail_intervened',
]);
const lengthStops: ReadonlySet<string> = new Set(['length', 'max_tokens', 'MAX_TOKENS', 'max_output_tokens', 'incomplete']);

function fails(check: GoOnReason, { answer, facts, hasContent }: Held, { dialect, wantsJson }: Judged): boolean {
  const stop = facts?.stopReason ?? '';
  if (check === 'content-filter') return filterStops.has(stop);
  if (check === 'cut-off') return lengthStops.has(stop);
  if (check !== 'empty' && check !== 'not-json') return false;
  if (isEventStream(answer.head)) return check === 'empty' && !hasContent;
  const text = answerText(dialect.id, readHeld(answer));
  // A shape we cannot read is no proof of anything.
  if (text === undefined) return false;
  if (check === 'empty') return text.text === '' && !text.hasCalls;
  return wantsJson && !text.hasCalls && !isJson(text.text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

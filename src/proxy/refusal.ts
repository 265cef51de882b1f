// Words and shapes of the answers Heimdall gives in a provider's place.
import type { Dialect, Refusal, RefusalAnswer } from '../contract/dialect.ts';
import type { AgentError, ErrorCode } from '../contract/errors.ts';
import type { RequestHead } from '../contract/exchange.ts';
import type { Downstream } from './flow.ts';
import { headerValue } from './headers.ts';
import type { GatewayRejection } from '../routing/gateway-wire.ts';

/** Sends a refusal in the dialect's own shape, or for native requests as a page or plain JSON. */
export function sendRefusal(down: Downstream, dialect: Dialect | undefined, refusal: Refusal): void {
  const answer = dialect ? dialect.refuse(refusal) : nativeRefusal(down.head, refusal);
  down.respond({ status: answer.status, reason: '', headers: answer.headers, isBodyless: down.head.method === 'HEAD' });
  down.write(answer.body);
  down.end([]);
}

function nativeRefusal(head: RequestHead, refusal: Refusal): RefusalAnswer {
  const wantsPage = headerValue(head.headers, 'accept')?.includes('text/html') === true;
  const document = wantsPage ? page(head.host, refusal) : `${JSON.stringify({ error: { type: 'heimdall', code: refusal.code, message: refusal.message } })}\n`;
  const body = Buffer.from(document);
  const contentType = wantsPage ? 'text/html; charset=utf-8' : 'application/json';
  return { status: refusal.status, headers: ['content-type', contentType, 'content-length', String(body.length), 'cache-control', 'no-store'], body };
}

function page(host: string, refusal: Refusal): string {
  const escape = (text: string) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Heimdall: ${escape(host)}</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}code{color:#667}</style>
<h1>${escape(host)} was not reached</h1><p>${escape(refusal.message)}</p><p>Heimdall, the AI traffic agent on this computer, stopped this request. <code>${refusal.code}</code></p></html>
`;
}

export function blockedByPolicy(rule: string, message: string): Refusal {
  return { status: 403, code: 'policy-blocked', message: `${message} (Blocked on this device by Heimdall, rule "${rule}".)` };
}

export function unreadable(code: ErrorCode, reason: string): Refusal {
  return {
    status: code === 'body-too-large' ? 413 : 400,
    code,
    message: `Heimdall could not check this request and policy does not let it pass unchecked: ${reason}`,
  };
}

export function policyFailed(): Refusal {
  return {
    status: 503,
    code: 'policy-failed',
    message: "Heimdall could not evaluate its policy for this request, and policy says to stop then. Your administrator finds the cause in the agent's log.",
  };
}

const withoutStop = (sentence: string): string => sentence.replace(/\.+$/, '');

export function gatewayDown(detail: string, retryAfter = 5): Refusal {
  return {
    status: 503,
    code: 'gateway-unreachable',
    message: `The AI gateway of your organisation cannot be reached (${withoutStop(detail)}). This is not a fault of the provider. Try again shortly; if it lasts, tell IT.`,
    retryAfter,
  };
}

export interface RejectedByGateway {
  readonly status: number;
  readonly rejection: GatewayRejection;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

/** Characters of a gateway's own words that are passed on. */
const longestQuote = 500;

/** The gateway's own status is kept, so that clients back off or give up as they should. Its words lose the virtual key, should it repeat it. */
export function gatewayRejected(result: RejectedByGateway, virtualKey: string | undefined): Refusal {
  const { type, message } = result.rejection;
  const words = (virtualKey === undefined ? message : message.replaceAll(virtualKey, '[virtual key]')).slice(0, longestQuote);
  const sentence = `The AI gateway of your organisation refused this call (${type}): ${withoutStop(words)}. This is not an error of the provider.`;
  return { status: result.status, code: 'gateway-rejected', message: sentence, ...(result.retryAfter === undefined ? {} : { retryAfter: result.retryAfter }) };
}

export function upstreamFailed(host: string, error: AgentError): Refusal {
  const status = error.code === 'upstream-timeout' || error.code === 'connect-timeout' ? 504 : error.code === 'address-refused' ? 403 : 502;
  return { status, code: error.code, message: `Heimdall could not complete the call to ${host}: ${error.message}` };
}

/** 402 for money, which no waiting of seconds brings back; 429 for rates, on which clients wait and try again. */
export function overBudget(refused: { readonly code: 'budget-exceeded' | 'rate-limited'; readonly message: string; readonly retryAfter: number }): Refusal {
  const status = refused.code === 'budget-exceeded' ? 402 : 429;
  return { status, code: refused.code, message: `${refused.message} (Counted on this device by Heimdall.)`, retryAfter: refused.retryAfter };
}

export function overloaded(why: string, retryAfter: number | undefined): Refusal {
  const message = `Every target for this call is at its limit (${withoutStop(why)}). Heimdall on this device did not send it. Try again later.`;
  return { status: 429, code: 'overloaded', message, retryAfter: retryAfter ?? 1 };
}

/** Every target has failed lately, was taken out, or refused its keys: nothing is sent there for a while. */
export function resting(why: string, retryAfter = 5): Refusal {
  const message = `No target for this call takes any at the moment (${withoutStop(why)}). Heimdall on this device did not send it. Try again shortly.`;
  return { status: 503, code: 'no-target', message, retryAfter };
}

export function unserved(model: string | undefined, why: string): Refusal {
  const message = `No target that Heimdall on this device is set up with can serve ${model ?? 'this call'}: ${withoutStop(why)}. Ask for another model, or add a target.`;
  return { status: 400, code: 'cannot-carry', message };
}

export function modelNotAllowed(key: string, model: string | undefined): Refusal {
  return {
    status: 403,
    code: 'model-not-allowed',
    message: `The virtual key "${key}" does not allow ${model ?? 'a call without a model'}. Ask whoever gave you the key.`,
  };
}

export function internalFault(): Refusal {
  return { status: 500, code: 'internal', message: "A fault inside Heimdall stopped this request. The agent's log has the details." };
}

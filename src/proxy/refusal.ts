// Words and shapes of the answers Heimdall gives in a provider's place.
import type { Dialect, Refusal, RefusalAnswer } from '../contract/dialect.ts';
import type { AgentError, ErrorCode } from '../contract/errors.ts';
import type { RequestHead } from '../contract/exchange.ts';
import type { Downstream } from './flow.ts';
import { headerValue } from './headers.ts';
import type { RelayResult } from './relay.ts';

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

export function gatewayDown(detail: string): Refusal {
  return {
    status: 503,
    code: 'gateway-unreachable',
    message: `The AI gateway of your organisation cannot be reached (${withoutStop(detail)}). This is not a fault of the provider. Try again shortly; if it lasts, tell IT.`,
    retryAfter: 5,
  };
}

/** Characters of a gateway's own words that are passed on. */
const longestQuote = 500;

/** The gateway's own status is kept, so that clients back off or give up as they should. Its words lose the virtual key, should it repeat it. */
export function gatewayRejected(result: Extract<RelayResult, { kind: 'rejected' }>, virtualKey: string | undefined): Refusal {
  const { type, message } = result.rejection;
  const words = (virtualKey === undefined ? message : message.replaceAll(virtualKey, '[virtual key]')).slice(0, longestQuote);
  const sentence = `The AI gateway of your organisation refused this call (${type}): ${withoutStop(words)}. This is not an error of the provider.`;
  return { status: result.status, code: 'gateway-rejected', message: sentence, ...(result.retryAfter === undefined ? {} : { retryAfter: result.retryAfter }) };
}

export function upstreamFailed(host: string, error: AgentError): Refusal {
  const status = error.code === 'upstream-timeout' || error.code === 'connect-timeout' ? 504 : error.code === 'address-refused' ? 403 : 502;
  return { status, code: error.code, message: `Heimdall could not complete the call to ${host}: ${error.message}` };
}

export function internalFault(): Refusal {
  return { status: 500, code: 'internal', message: "A fault inside Heimdall stopped this request. The agent's log has the details." };
}

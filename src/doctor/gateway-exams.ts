// The gateway from here: reachable, its certificate, its key, h2, and on request WebSocket and unbuffered streams.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { messageOf } from '../contract/errors.ts';
import type { GatewayTarget } from '../contract/target.ts';
import { gatewayHeaders, gatewayPath, readGatewayRejection } from '../routing/gateway-wire.ts';
import { judgeCertificate } from './certificate-finding.ts';
import type { Exam, Finding } from './exam.ts';
import type { Patient, Scope } from './patient.ts';
import { callOn, viewTls } from './wire.ts';
import type { CallAnswer, CallOptions } from './wire.ts';
import { unreachable } from './upstream-exams.ts';

export function gatewayExams(patient: Patient, { network, probeGateway }: Scope): readonly Exam[] {
  const gateways = (patient.loaded?.targets ?? []).filter((target): target is GatewayTarget => target.kind === 'gateway');
  if (!network) return [];
  return gateways.flatMap((gateway) => {
    const { id, url } = gateway;
    const exam = (kind: string, title: string, tried: string, look: Exam['look']): Exam => ({
      id: `gateway-${id}-${kind}`,
      title: `Gateway ${id}: ${title}`,
      tried,
      look,
    });
    return [
      exam('reach', 'it answers', `TCP${url.protocol === 'https:' ? ', TLS' : ''} and GET ${url.origin}/health`, () => lookAtReach(patient, gateway)),
      exam('key', 'it knows the virtual key', 'A call that reaches no model: POST without a body', () => lookAtKey(patient, gateway)),
      ...(url.protocol === 'https:' ? [exam('h2', 'it speaks HTTP/2', 'ALPN h2, http/1.1', () => lookAtH2(patient, gateway))] : []),
      ...(probeGateway
        ? [
            exam('websocket', 'it lets WebSockets through', 'An upgrade on its own path of the Responses API', () => lookAtWebSocket(patient, gateway)),
            exam('stream', 'streams come unbuffered', 'A streamed call of a few words, timed piece by piece', () => lookAtStream(patient, gateway)),
          ]
        : []),
    ];
  });
}

const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port));

async function open({ instruments }: Patient, { url }: GatewayTarget): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const tcp = await instruments.dial({ scheme: url.protocol === 'https:' ? 'https' : 'http', host, port: portOf(url), isTrusted: true });
  if (url.protocol === 'http:') return tcp;
  const view = await viewTls(tcp, host, instruments.upstreamTrust());
  const bad = judgeCertificate(view, { host, whose: 'gateway', isPublicRoot: instruments.isPublicRoot, now: instruments.now() });
  if (bad?.verdict !== 'failed') return view.socket;
  view.socket.destroy();
  throw new CertificateTrouble(bad);
}

/** Carries the judgement to where the finding is made: nothing is sent to a gateway that cannot prove who it is. */
class CertificateTrouble extends Error {
  readonly finding: Finding;
  constructor(finding: Finding) {
    super(finding.seen);
    this.finding = finding;
  }
}

async function call(patient: Patient, gateway: GatewayTarget, options: Omit<CallOptions, 'host'>): Promise<CallAnswer> {
  const { url } = gateway;
  return await callOn(await open(patient, gateway), { ...options, host: url.host, path: `${url.pathname === '/' ? '' : url.pathname}${options.path}` });
}

const unanswered: Finding = { verdict: 'skipped', seen: 'It cannot be reached; see its first check.' };

async function lookAtReach(patient: Patient, gateway: GatewayTarget): Promise<Finding> {
  const { url } = gateway;
  try {
    const { status, headMs } = await call(patient, gateway, { path: '/health' });
    if (status >= 500)
      return {
        verdict: 'failed',
        seen: `It answers /health with status ${status}.`,
        culprit: 'gateway',
        fix: 'Tell whoever runs the gateway: it is up, but not well.',
      };
    return { verdict: 'ok', seen: `Status ${status} after ${Math.round(headMs)} ms.` };
  } catch (error) {
    if (error instanceof CertificateTrouble) return error.finding;
    if (/ECONNREFUSED/.test(messageOf(error))) {
      return {
        verdict: 'failed',
        seen: messageOf(error),
        culprit: 'gateway',
        fix: `Nothing listens at ${url.host}: the gateway is down, or its address in the settings is wrong.`,
      };
    }
    const finding = await unreachable(patient, url.hostname, error);
    // A gateway inside the organisation has private addresses by right.
    const isPrivate = finding.seen.includes('is no public address');
    return isPrivate
      ? {
          verdict: 'failed',
          seen: messageOf(error),
          culprit: 'network',
          fix: `Check the way to ${url.host}: the VPN, the firewall, and the address in the settings.`,
        }
      : finding;
  }
}

async function lookAtKey(patient: Patient, gateway: GatewayTarget): Promise<Finding> {
  const path = gatewayPath('openai-chat', '/v1/chat/completions');
  const headers = Object.fromEntries(
    pairs(gatewayHeaders(['Content-Type', 'application/json'], { virtualKey: gateway.virtualKey, agent: 'heimdall-doctor', app: undefined })),
  );
  let answer: CallAnswer;
  try {
    // No model and no messages: a gateway checks the key first, then refuses the call itself; nothing reaches a provider.
    answer = await call(patient, gateway, { method: 'POST', path, headers, body: '{}' });
  } catch {
    return unanswered;
  }
  const { status, body } = answer;
  const rejection = readGatewayRejection(Buffer.from(body));
  if (status === 401 || status === 403 || /^(virtual_key|access)_/.test(rejection?.type ?? '')) {
    const known = gateway.virtualKey === undefined ? 'No virtual key is set.' : 'The virtual key that is set is not accepted.';
    return {
      verdict: 'failed',
      seen: `${known} The gateway says: ${status}${rejection ? `, ${rejection.message}` : ''}.`,
      culprit: 'gateway',
      fix: 'Get a valid virtual key from whoever runs the gateway and enter it: gateway.virtualKey in the settings, or HEIMDALL_VIRTUAL_KEY. Then restart the agent.',
    };
  }
  if (rejection)
    return {
      verdict: 'failed',
      seen: `The gateway refuses: ${rejection.message} (${rejection.type}).`,
      culprit: 'gateway',
      fix: 'Ask whoever runs the gateway about the budget and the limits of this key.',
    };
  if (status === 404)
    return {
      verdict: 'failed',
      seen: `The gateway has no ${path}.`,
      culprit: 'gateway',
      fix: 'Check the address of the gateway in the settings: it is the base, without /openai or /v1.',
    };
  if (status >= 500) return { verdict: 'warning', seen: `It answers with status ${status}.`, culprit: 'gateway', fix: 'Tell whoever runs the gateway.' };
  return { verdict: 'ok', seen: `It accepts the key (status ${status} for an empty call).` };
}

function pairs(list: readonly string[]): [string, string][] {
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? ''] as [string, string]] : []));
}

async function lookAtH2({ instruments }: Patient, { url }: GatewayTarget): Promise<Finding> {
  try {
    const host = url.hostname;
    const tcp = await instruments.dial({ scheme: 'https', host, port: portOf(url), isTrusted: true });
    const { socket, alpn } = await viewTls(tcp, host, instruments.upstreamTrust(), ['h2', 'http/1.1']);
    socket.destroy();
    if (alpn === 'h2') return { verdict: 'ok', seen: 'It agrees on h2.' };
    return {
      verdict: 'warning',
      seen: `It agrees on ${alpn}.`,
      culprit: 'gateway',
      fix: 'Calls work, each on a connection of its own. To save them, switch HTTP/2 on at the gateway or the load balancer before it.',
    };
  } catch {
    return unanswered;
  }
}

async function lookAtWebSocket(patient: Patient, gateway: GatewayTarget): Promise<Finding> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...(gateway.virtualKey === undefined ? {} : { 'x-bf-vk': gateway.virtualKey }),
  };
  try {
    const { status, upgraded } = await call(patient, gateway, { path: '/openai/v1/responses', headers });
    if (upgraded || status === 101) return { verdict: 'ok', seen: 'It answered 101 Switching Protocols.' };
    const seen = `It answered the upgrade with status ${status}.`;
    return {
      verdict: 'warning',
      seen,
      culprit: 'gateway',
      fix: 'Codex falls back to HTTPS by itself, a little slower. If WebSockets are wanted, allow them at the gateway and at every proxy before it.',
    };
  } catch (error) {
    if (error instanceof CertificateTrouble) return unanswered;
    return {
      verdict: 'warning',
      seen: `The upgrade came to nothing: ${messageOf(error)}`,
      culprit: 'gateway',
      fix: 'Allow WebSockets at the gateway and at every proxy before it.',
    };
  }
}

/** Pieces of a stream that was made over more than this come apart, unless somebody holds them back; milliseconds. */
const leastSpread = 25;

async function lookAtStream(patient: Patient, gateway: GatewayTarget): Promise<Finding> {
  const path = gatewayPath('openai-chat', '/v1/chat/completions');
  const model = 'gpt-4o-mini';
  const body = JSON.stringify({ model, stream: true, max_tokens: 24, messages: [{ role: 'user', content: 'Count from one to twelve.' }] });
  const headers = Object.fromEntries(
    pairs(
      gatewayHeaders(['Content-Type', 'application/json', 'Accept', 'text/event-stream'], {
        virtualKey: gateway.virtualKey,
        agent: 'heimdall-doctor',
        app: undefined,
      }),
    ),
  );
  let answer: CallAnswer;
  try {
    answer = await call(patient, gateway, { method: 'POST', path, headers, body, timeoutMs: 15_000 });
  } catch (error) {
    return { verdict: 'skipped', seen: `No whole answer: ${messageOf(error)}` };
  }
  const type = answer.headers['content-type'] ?? 'no type';
  if (answer.status !== 200) return { verdict: 'skipped', seen: `No stream to measure: the gateway answered with status ${answer.status}.` };
  if (!type.includes('text/event-stream'))
    return {
      verdict: 'warning',
      seen: `A stream was asked for, and ${type} came.`,
      culprit: 'gateway',
      fix: 'The gateway, or a proxy before it, turns streams into whole answers: switch streaming on there.',
    };
  const events = answer.body.split('\n\n').filter((event) => event.startsWith('data:')).length;
  const spread = (answer.pieces.at(-1)?.at ?? 0) - (answer.pieces[0]?.at ?? 0);
  const times = `${events} events in ${answer.pieces.length} pieces over ${Math.round(spread)} ms, the first ${Math.round(answer.headMs)} ms after the call`;
  // Held back, the head takes as long as the whole answer, and then everything is there at once.
  if (events > 3 && spread < leastSpread && answer.headMs > 4 * leastSpread) {
    return {
      verdict: 'failed',
      seen: `The stream is buffered: ${times}.`,
      culprit: 'gateway',
      fix: 'Switch buffering off at the gateway and at every proxy before it (nginx: proxy_buffering off; the header X-Accel-Buffering: no), and compression of text/event-stream.',
    };
  }
  return { verdict: 'ok', seen: `Unbuffered: ${times}.` };
}

// A fake central gateway on Bifrost's wire: routes by integration prefix, checks virtual keys, refuses in its own shapes, records everything.
import { createServer as createPlainServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { DialectId } from '../../src/contract/exchange.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { playAnswer } from './behaviour.ts';
import type { Behaviour, FakeAnswer } from './behaviour.ts';
import { jsonAnswer, providerErrorAnswer, refusalAnswer } from './gateway-answers.ts';
import type { GatewayRefusal, ProviderFailure } from './gateway-answers.ts';
import type { ServerCertificate } from './certificates.ts';
import { headOf } from './provider.ts';
import { recordRequest } from './recorded-request.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** A behaviour, a refusal of the gateway's own, or an error of the provider behind it. */
type GatewayBehaviour =
  | (Behaviour & { readonly refuse?: undefined; readonly providerError?: undefined })
  | { readonly refuse: GatewayRefusal; readonly retryAfter?: string; readonly providerError?: undefined }
  | {
      readonly providerError: ProviderFailure;
      readonly refuse?: undefined;
    };

type GatewayScript = GatewayBehaviour | ((request: RecordedRequest, index: number) => GatewayBehaviour | undefined);

export interface FakeGatewayOptions {
  /** Keys it knows. Default: `sk-bf-test`. */
  readonly virtualKeys?: readonly string[];
  /** Refuses calls without a key. Default true. */
  readonly mandatory?: boolean;
  /** Anthropic's route names the gateway's own error type, as older gateways do. Default true. */
  readonly namesType?: boolean;
  /** Serves https with this certificate; plain http without. */
  readonly certificate?: ServerCertificate;
  /** TCP port; 0 (default) takes a free one. For a gateway that comes back where it was. */
  readonly port?: number;
}

export interface FakeGateway {
  /** Base URL without a trailing slash, host 127.0.0.1. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  behave(script: GatewayScript | undefined): void;
  close(): Promise<void>;
}

const routes: readonly { readonly pattern: RegExp; readonly dialect: DialectId; readonly provider: string }[] = [
  { pattern: /^\/openai(\/v1)?\/chat\/completions$/, dialect: 'openai-chat', provider: 'openai' },
  { pattern: /^\/openai(\/v1)?\/responses$/, dialect: 'openai-responses', provider: 'openai' },
  { pattern: /^\/openai(\/v1)?\/embeddings$/, dialect: 'openai-embeddings', provider: 'openai' },
  { pattern: /^\/anthropic\/v1\/messages$/, dialect: 'anthropic-messages', provider: 'anthropic' },
  { pattern: /^\/genai\/v1beta\/models\/[^/]+:(streamGenerateContent|generateContent)$/, dialect: 'gemini', provider: 'gemini' },
];

export async function startFakeGateway(options: FakeGatewayOptions = {}): Promise<FakeGateway> {
  const { virtualKeys = ['sk-bf-test'], mandatory = true, certificate, namesType = true } = options;
  const requests: RecordedRequest[] = [];
  const open = new Map<number, Socket>();
  let script: GatewayScript | undefined;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { recorded, received } = recordRequest(request, response);
    const index = requests.push(recorded) - 1;
    const chosen = typeof script === 'function' ? script(recorded, index) : script;
    const route = routes.find(({ pattern }) => recorded.method === 'POST' && pattern.test(recorded.path.split('?', 1)[0] ?? ''));
    const stage = { response, dialect: route?.dialect, tcp: open.get(recorded.peerPort) };
    const refuse = keyFault(recorded, virtualKeys, mandatory);
    void received
      .then((body) => {
        const { answer: own, behaviour } = decide(route, recorded, body, chosen ?? {}, refuse, namesType);
        return playAnswer(stage, own, behaviour);
      })
      .catch(() => response.destroy());
  };
  const server = certificate === undefined ? createPlainServer(answer) : createTlsServer({ ...certificate }, answer);
  server.on('connection', (socket: Socket) => {
    const { remotePort = 0 } = socket;
    open.set(remotePort, socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(remotePort));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    behave: (next) => (script = next),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open.values()) socket.destroy();
      await closed;
    },
  };
}

type Route = (typeof routes)[number];

/** The test's own answer first, then the gateway's refusals, then what the provider behind it says. */
function decide(
  route: Route | undefined,
  recorded: RecordedRequest,
  body: Buffer,
  chosen: GatewayBehaviour,
  fault: GatewayRefusal | undefined,
  namesType: boolean,
): { readonly answer: FakeAnswer; readonly behaviour: Behaviour } {
  if (chosen.refuse !== undefined) return { answer: refusalAnswer(route?.dialect, chosen.refuse, { retryAfter: chosen.retryAfter, namesType }), behaviour: {} };
  if (route !== undefined && fault !== undefined) return { answer: refusalAnswer(route.dialect, fault, { namesType }), behaviour: {} };
  if (chosen.providerError !== undefined) {
    return { answer: providerErrorAnswer(route?.dialect, route?.provider ?? 'openai', chosen.providerError), behaviour: {} };
  }
  return { answer: ownAnswer(route, recorded, body), behaviour: chosen };
}

function keyFault(request: RecordedRequest, known: readonly string[], mandatory: boolean): GatewayRefusal | undefined {
  const key = request.header('x-bf-vk');
  if (key === undefined) return mandatory ? 'virtual_key_required' : undefined;
  return known.includes(key) ? undefined : 'access_not_found';
}

function ownAnswer(route: Route | undefined, recorded: RecordedRequest, body: Buffer): FakeAnswer {
  if (route !== undefined) {
    const answer = simulate(route.dialect, headOf(recorded), body);
    return { ...answer, headers: [...answer.headers, 'x-bifrost-trace-id', 'trace-fake'] };
  }
  if (recorded.path === '/health') return jsonAnswer(200, { status: 'ok' });
  if (recorded.path === '/v1/models')
    return jsonAnswer(200, { object: 'list', data: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-6'].map((id) => ({ id, object: 'model' })) });
  return jsonAnswer(404, { type: 'invalid_request_error', status_code: 404, error: { message: `route not found: ${recorded.method} ${recorded.path}` } });
}

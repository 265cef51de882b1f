// The official SDKs as processes of their own behind the agent: what they get, and what the origin or the gateway received.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DialectId } from '../../src/contract/exchange.ts';
import { startFakeGateway } from '../fakes/gateway.ts';
import type { FakeGateway } from '../fakes/gateway.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import type { RecordedRequest } from '../fakes/recorded-request.ts';
import { startAgentUnderTest } from './agent-under-test.ts';
import type { AgentUnderTest } from './agent-under-test.ts';
import { runScript } from './client-process.ts';

interface Sdk {
  readonly script: string;
  readonly host: string;
  readonly dialect: DialectId;
  readonly model: string;
  readonly plain: string;
  readonly stream: string;
  readonly abort: string;
  readonly tool: string;
  readonly gatewayPath: string;
  readonly credential: string;
}

const sdks: readonly Sdk[] = [
  {
    script: 'openai.ts',
    host: 'api.openai.com',
    dialect: 'openai-chat',
    model: 'gpt-5',
    plain: 'chat',
    stream: 'chat-stream',
    abort: 'chat-abort',
    tool: 'chat-tool',
    gatewayPath: '/openai/v1/chat/completions',
    credential: 'sk-proj-interop-0000',
  },
  {
    script: 'openai.ts',
    host: 'api.openai.com',
    dialect: 'openai-responses',
    model: 'gpt-5',
    plain: 'responses',
    stream: 'responses-stream',
    abort: 'responses-abort',
    tool: 'responses-tool',
    gatewayPath: '/openai/v1/responses',
    credential: 'sk-proj-interop-0000',
  },
  {
    script: 'anthropic.ts',
    host: 'api.anthropic.com',
    dialect: 'anthropic-messages',
    model: 'claude-sonnet-5',
    plain: 'plain',
    stream: 'stream',
    abort: 'abort',
    tool: 'tool',
    gatewayPath: '/anthropic/v1/messages',
    credential: 'sk-ant-api03-interop-0000',
  },
  {
    script: 'genai.ts',
    host: 'generativelanguage.googleapis.com',
    dialect: 'gemini',
    model: 'gemini-3-flash',
    plain: 'plain',
    stream: 'stream',
    abort: 'abort',
    tool: 'tool',
    gatewayPath: '/genai/v1beta/models/gemini-3-flash:generateContent',
    credential: 'AIzaInterop0000000000000000000000000000',
  },
];

interface SdkFailure {
  readonly error: { readonly name: string; readonly status: number; readonly message: string };
}

const greeting = "This is Heimdall's simulator. You wrote: hello — größer als “ASCII” 🙂";
const policy = `
version: 1
rules:
  - id: no-forbidden-words
    when: { findings: aws-access-key }
    action: block
    message: Cloud keys do not go to AI.
  - id: hide-mail
    when: { findings: email }
    action: redact
`;

let provider: FakeProvider;
let gateway: FakeGateway;
let toOrigin: AgentUnderTest;
let toGateway: AgentUnderTest;
let toSimulator: AgentUnderTest;
let folder: string;

beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startFakeGateway({ virtualKeys: ['sk-bf-interop'] });
  const upstreams = Object.fromEntries(sdks.map(({ host }) => [host, provider]));
  const target = { id: 'central', kind: 'gateway' as const, url: gateway.url, virtualKey: 'sk-bf-interop' };
  [toOrigin, toGateway, toSimulator] = await Promise.all([
    startAgentUnderTest({ upstreams, policy }),
    startAgentUnderTest({ targets: [target], policy }),
    startAgentUnderTest({ targets: [] }),
  ]);
  folder = mkdtempSync(join(tmpdir(), 'heimdall-roots-'));
  writeFileSync(join(folder, 'provider.pem'), provider.root);
});
afterEach(() => {
  provider.behave(undefined);
  gateway.behave(undefined);
});
afterAll(async () => {
  await Promise.all([toOrigin.stop(), toGateway.stop(), toSimulator.stop()]);
  await Promise.all([provider.close(), gateway.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** The same client without a proxy, straight to the provider: what it must also see and send through the agent. */
function runDirectly<T>(sdk: Sdk, task: string, extra: Readonly<Record<string, string>> = {}): Promise<T> {
  const env = {
    ...extra,
    HTTPS_PROXY: '',
    https_proxy: '',
    NODE_USE_ENV_PROXY: '0',
    NODE_EXTRA_CA_CERTS: join(folder, 'provider.pem'),
    INTEROP_BASE_URL: `https://127.0.0.1:${provider.port}`,
  };
  return runScript(toOrigin, sdk.script, task, { env });
}

/** Header lines in order, names in lower case, without what belongs to one hop or names the host. */
function endToEndHeaders(request: RecordedRequest | undefined): string[] {
  const hop = new Set(['host', 'connection', ':authority', ':method', ':path', ':scheme']);
  const lines = request?.headers.flatMap((name, index, all) =>
    index % 2 === 0 && !hop.has(name.toLowerCase()) ? [`${name.toLowerCase()}: ${all[index + 1] ?? ''}`] : [],
  );
  return lines ?? [];
}

describe.each(sdks)('$script in $dialect', (sdk) => {
  test.each(['plain', 'stream'] as const)('%s: origin and client see what they see without Heimdall', async (kind) => {
    const before = provider.requests.length;
    const seenDirectly = await runDirectly(sdk, sdk[kind]);
    const rowsBefore = toOrigin.rows.length;
    const seen = await runScript(toOrigin, sdk.script, sdk[kind]);
    const [direct, proxied] = provider.requests.slice(before);
    expect(seen).toEqual(seenDirectly);
    expect(JSON.stringify(seen)).toContain(greeting);
    expect(proxied?.body.equals(direct?.body ?? Buffer.alloc(0))).toBe(true);
    expect({ method: proxied?.method, path: proxied?.path, version: proxied?.httpVersion, ended: proxied?.ended }).toEqual({
      method: direct?.method,
      path: direct?.path,
      version: direct?.httpVersion,
      ended: 'finished',
    });
    expect(endToEndHeaders(proxied)).toEqual(endToEndHeaders(direct));
    await vi.waitFor(() => expect(toOrigin.rows.length).toBeGreaterThan(rowsBefore));
    expect(toOrigin.rows.at(-1)?.record).toMatchObject({
      kind: 'exchange',
      outcome: 'forwarded',
      host: sdk.host,
      dialect: sdk.dialect,
      model: sdk.model,
      stream: kind === 'stream',
      status: 200,
      targetKind: 'origin',
      bytesFromClient: proxied?.body.length,
      usage: { inputTokens: Math.ceil((proxied?.body.length ?? 0) / 4) },
    });
  });

  test('stream compressed event by event: understood by the client and by the tap', async () => {
    provider.behave({ compress: 'gzip' });
    const seen = await runScript(toOrigin, sdk.script, sdk.stream);
    expect(JSON.stringify(seen)).toContain(greeting);
    const bytes = provider.requests.at(-1)?.body.length ?? 0;
    await toOrigin.recordOf(({ stream, usage, dialect }) => stream === true && dialect === sdk.dialect && usage?.inputTokens === Math.ceil(bytes / 4));
  });

  test('tool calls come through', async () => {
    expect(JSON.stringify(await runScript(toOrigin, sdk.script, sdk.tool))).toMatch(/simulated|sunny/);
  });

  test('an abort in mid-stream reaches the origin and is audited as such', async () => {
    provider.behave({ paceMs: 20 });
    const aborted = await runScript<Record<string, number>>(toOrigin, sdk.script, sdk.abort);
    expect(Object.values(aborted)[0]).toBeLessThan(50);
    const request = provider.requests.at(-1);
    await vi.waitFor(() => expect(request?.ended).toBe('aborted'));
    await toOrigin.recordOf(
      ({ outcome, dialect, bytesFromClient }) => outcome === 'client-aborted' && dialect === sdk.dialect && bytesFromClient === request?.body.length,
    );
  });

  test("the provider's own 429 is passed on as it is", async () => {
    provider.behave({ vendorError: { status: 429, message: 'Slow down, please.', headers: ['retry-after', '7'] } });
    const failure = await runScript<SdkFailure>(toOrigin, sdk.script, sdk.plain);
    expect(failure.error.status).toBe(429);
    expect(failure.error.message).toContain('Slow down, please.');
  });

  test('an error in mid-stream ends the stream with an error, not in silence', async () => {
    provider.behave({ breakAfter: { chunks: 4, how: 'error-event' } });
    const run = runScript<Partial<SdkFailure>>(toOrigin, sdk.script, sdk.stream);
    // The SDKs differ: some throw their API error, some another; none may take the half for the whole.
    const seen = await run.catch((error: unknown) => ({ error: { message: String(error) } }));
    expect(seen.error?.message).toMatch(/overloaded|error/i);
  });

  test('the gateway gets the virtual key, the mapped path and the same bytes, and no credential of the provider', async () => {
    const before = provider.requests.length;
    await runDirectly(sdk, sdk.plain);
    const direct = provider.requests[before];
    expect(JSON.stringify(await runScript(toGateway, sdk.script, sdk.plain))).toContain(greeting);
    const request = gateway.requests.at(-1);
    expect(request).toMatchObject({ method: 'POST', path: sdk.gatewayPath });
    expect(request?.headerAll('x-bf-vk')).toEqual(['sk-bf-interop']);
    expect(JSON.stringify(request?.headers)).not.toContain(sdk.credential);
    expect(request?.body.equals(direct?.body ?? Buffer.alloc(0))).toBe(true);
    expect(JSON.stringify(await runScript(toGateway, sdk.script, sdk.stream))).toContain(greeting);
    await toGateway.recordOf(({ dialect, targetKind, stream }) => dialect === sdk.dialect && targetKind === 'gateway' && stream === true);
  });

  test("the gateway's refusal is told apart from an error of the provider", async () => {
    gateway.behave({ refuse: 'virtual_key_required' });
    const refused = await runScript<SdkFailure>(toGateway, sdk.script, sdk.plain);
    expect(refused.error.status).toBe(401);
    expect(refused.error.message).toMatch(/gateway of your organisation/);
    gateway.behave({ providerError: { status: 429, message: 'Provider says slow down.' } });
    const failed = await runScript<SdkFailure>(toGateway, sdk.script, sdk.plain);
    expect(failed.error.status).toBe(429);
    expect(failed.error.message).toMatch(/Provider says slow down/);
    expect(failed.error.message).not.toMatch(/gateway of your organisation/);
  });

  test('a blocked call shows the words of the policy and never leaves', async () => {
    const before = provider.requests.length;
    const failure = await runScript<SdkFailure>(toOrigin, sdk.script, sdk.plain, { env: { INTEROP_PROMPT: 'my key is AKIAIOSFODNN7EXAMPLQ, keep it' } });
    expect(failure.error.status).toBe(403);
    expect(failure.error.message).toContain('Cloud keys do not go to AI.');
    expect(provider.requests).toHaveLength(before);
    await toOrigin.recordOf(({ dialect, decision, outcome }) => dialect === sdk.dialect && decision === 'block' && outcome === 'refused');
  });

  test('a redaction changes the found span alone', async () => {
    const mail = 'erika.muster@example.com';
    const prompt = { INTEROP_PROMPT: `write to ${mail} — today` };
    const before = provider.requests.length;
    await runDirectly(sdk, sdk.plain, prompt);
    await runScript(toOrigin, sdk.script, sdk.plain, { env: prompt });
    const [direct = '', redacted = ''] = provider.requests.slice(before).map(({ body }) => body.toString());
    const replacement = /write to (.*?) — today/.exec(redacted)?.[1] ?? '';
    expect(replacement).not.toContain('@');
    expect(redacted).toBe(direct.replace(mail, replacement));
    await toOrigin.recordOf(({ dialect, outcome, redactions }) => dialect === sdk.dialect && outcome === 'redacted' && redactions === 1);
  });

  test('the simulator answers with no upstream at all', async () => {
    expect(JSON.stringify(await runScript(toSimulator, sdk.script, sdk.plain))).toContain(greeting);
    expect(JSON.stringify(await runScript(toSimulator, sdk.script, sdk.stream))).toContain(greeting);
    await toSimulator.recordOf(({ dialect, targetKind, stream }) => dialect === sdk.dialect && targetKind === 'simulator' && stream === true);
  });
});

describe('openai.ts in openai-embeddings', () => {
  interface Vectors {
    readonly usage: object;
    readonly decoded: readonly (readonly number[])[];
    readonly numbers: readonly (readonly number[])[];
  }
  const sdk = sdks[0] as Sdk;

  test('origin and client see what they see without Heimdall, in either encoding', async () => {
    const before = provider.requests.length;
    const seenDirectly = await runDirectly<Vectors>(sdk, 'embeddings');
    const seen = await runScript<Vectors>(toOrigin, sdk.script, 'embeddings');
    expect(seen).toEqual(seenDirectly);
    expect(seen.decoded).toEqual(seen.numbers);
    expect(seen.decoded.map((vector) => vector.length)).toEqual([8, 8]);
    const [direct, , proxied] = provider.requests.slice(before);
    expect(proxied?.body.equals(direct?.body ?? Buffer.alloc(0))).toBe(true);
    expect(endToEndHeaders(proxied)).toEqual(endToEndHeaders(direct));
    const bytes = proxied?.body.length ?? 0;
    await toOrigin.recordOf(
      ({ dialect, model, usage, outcome }) =>
        dialect === 'openai-embeddings' && model === 'text-embedding-3-small' && outcome === 'forwarded' && usage?.inputTokens === Math.ceil(bytes / 4),
    );
  });

  test('the gateway gets them on its own path with the virtual key, and the simulator answers them', async () => {
    const seen = await runScript<Vectors>(toGateway, sdk.script, 'embeddings');
    expect(gateway.requests.at(-1)).toMatchObject({ method: 'POST', path: '/openai/v1/embeddings' });
    expect(gateway.requests.at(-1)?.headerAll('x-bf-vk')).toEqual(['sk-bf-interop']);
    expect(await runScript(toSimulator, sdk.script, 'embeddings')).toEqual(seen);
  });

  test('policy reads the inputs', async () => {
    const before = provider.requests.length;
    const failure = await runScript<SdkFailure>(toOrigin, sdk.script, 'embeddings', { env: { INTEROP_PROMPT: 'my key is AKIAIOSFODNN7EXAMPLQ, keep it' } });
    expect(failure.error).toMatchObject({ status: 403, message: expect.stringContaining('Cloud keys do not go to AI.') as string });
    expect(provider.requests).toHaveLength(before);
    await runScript(toOrigin, sdk.script, 'embeddings', { env: { INTEROP_PROMPT: 'write to erika.muster@example.com' } });
    expect(provider.requests.at(-1)?.body.toString()).not.toContain('erika.muster');
  });
});

test('every exchange is audited exactly once', async () => {
  const last = provider.requests.length;
  await runScript(toOrigin, 'anthropic.ts', 'count');
  await toOrigin.recordOf(({ dialect, path }) => dialect === 'native' && path === '/v1/messages/count_tokens');
  expect(provider.requests).toHaveLength(last + 1);
  const ids = toOrigin.rows.map(({ record }) => record.id);
  expect(new Set(ids).size).toBe(ids.length);
});

import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeGateway } from '../fakes/gateway.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { dialects, hostsOfDialects, inferenceCall } from './inference-call.ts';
import { call, openHttp2, readStream } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';

const policy = { version: 1, rules: [{ id: 'mask', when: { findings: 'any' }, action: 'redact' }] };
const awsKey = 'AKIAIOSFODNN7EXAMPLQ';
const mail = 'ada.lovelace@example.org';

async function withProvider(): Promise<{ provider: FakeProvider; running: RunningAgent }> {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  return { provider, running: await runAgent({ policy, hosts: Object.fromEntries(hostsOfDialects.map((host) => [host, provider])) }) };
}

/** What stands where the secret stood; throws when anything else changed. */
function replacementIn(sent: string, received: string, secret: string): string {
  const at = sent.indexOf(secret);
  const before = sent.slice(0, at);
  const after = sent.slice(at + secret.length);
  expect(received.startsWith(before)).toBe(true);
  expect(received.endsWith(after)).toBe(true);
  return received.slice(before.length, received.length - after.length);
}

describe('a redacted request', () => {
  it.for(dialects)('in %s differs in the found span alone, and its length is right', async (dialect) => {
    const { provider, running } = await withProvider();
    const request = inferenceCall(dialect, `日本 😀"\\ ${awsKey} é\n\u2028end`, { stream: true });
    const answer = await call(running, request.host, request);
    expect(answer.status).toBe(200);
    const received = provider.requests[0]?.body ?? Buffer.alloc(0);
    const replacement = replacementIn(String(request.body), received.toString(), awsKey);
    expect(replacement).not.toContain('AKIA');
    expect(replacement).toMatch(/aws/i);
    expect(Number(provider.requests[0]?.header('content-length'))).toBe(received.length);
    expect(() => JSON.parse(received.toString()) as unknown).not.toThrow();
    const record = await running.onlyRecord();
    expect(record).toMatchObject({
      outcome: 'redacted',
      decision: 'redact',
      rule: 'mask',
      redactions: 1,
      findings: [{ detector: 'aws-access-key', count: 1 }],
    });
    expect(JSON.stringify(record)).not.toContain(awsKey);
    expect(running.agent.status().counters.redacted).toBe(1);
  });

  it('keeps every other byte of an oddly written body', async () => {
    const { provider, running } = await withProvider();
    const body = `\r\n{"seed":1.0,"z":1e5 ,\t"messages" : [ {"content":"a\\u0062\\/c ${mail} \\ud83d\\ude00","role":"user"},{"role":"user","content":"and ${awsKey}"}],"model":"gpt-4o","z":2 } \n`;
    const { host, path, headers = {} } = inferenceCall('openai-chat', '');
    await call(running, host, { path, headers, body });
    const received = provider.requests[0]?.body.toString() ?? '';
    const pattern = body.split(mail).flatMap((part) => part.split(awsKey));
    const [first = '', second = '', third = ''] = pattern;
    expect(received.startsWith(first)).toBe(true);
    expect(received.includes(second)).toBe(true);
    expect(received.endsWith(third)).toBe(true);
    expect(received).not.toContain(mail);
    expect(received).not.toContain(awsKey);
    expect(await running.onlyRecord()).toMatchObject({ redactions: 2 });
  });

  it('finds what JSON escapes hide', async () => {
    const { provider, running } = await withProvider();
    const { host, path, headers = {} } = inferenceCall('openai-chat', '');
    const body = '{"model":"gpt-4o","messages":[{"role":"user","content":"key \\u0041KIAIOSFODNN7EXAMPLQ."}]}';
    await call(running, host, { path, headers, body });
    const received = provider.requests[0]?.body.toString() ?? '';
    expect(received.startsWith('{"model":"gpt-4o","messages":[{"role":"user","content":"key ')).toBe(true);
    expect(received.endsWith('."}]}')).toBe(true);
    expect(received).not.toContain('KIAIOSFODNN7');
  });

  it('that came chunked goes on chunked', async () => {
    const { provider, running } = await withProvider();
    const request = inferenceCall('anthropic-messages', `mail ${mail} please`);
    await call(running, request.host, { ...request, framing: 'chunked' });
    const [recorded] = provider.requests;
    expect(recorded?.header('transfer-encoding')).toBe('chunked');
    expect(recorded?.header('content-length')).toBeUndefined();
    expect(replacementIn(String(request.body), recorded?.body.toString() ?? '', mail)).toMatch(/email/i);
  });

  it('over HTTP/2 has the new length', async () => {
    const { provider, running } = await withProvider();
    const { host, path, headers, body = '' } = inferenceCall('openai-responses', `mail ${mail} please`);
    const session = await openHttp2(running, host);
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers, 'content-length': body.length });
    stream.end(body);
    expect((await readStream(stream)).status).toBe(200);
    const [recorded] = provider.requests;
    expect(replacementIn(String(body), recorded?.body.toString() ?? '', mail)).toMatch(/email/i);
    expect(Number(recorded?.header('content-length'))).toBe(recorded?.body.length);
  });

  const codings = {
    gzip: [gzipSync, gunzipSync],
    deflate: [deflateSync, inflateSync],
    br: [brotliCompressSync, brotliDecompressSync],
    zstd: [zstdCompressSync, zstdDecompressSync],
  } as const;
  it.for(Object.keys(codings) as (keyof typeof codings)[])('that came in %s goes on in it; without a finding its very bytes go on', async (coding) => {
    const { provider, running } = await withProvider();
    const [encode, decode] = codings[coding];
    for (const text of [`mail ${mail} please`, 'nothing to find']) {
      const request = inferenceCall('openai-chat', text);
      const bytes = encode(Buffer.from(String(request.body)));
      await call(running, request.host, { ...request, headers: { ...request.headers, 'content-encoding': coding }, body: bytes });
      const recorded = provider.requests.at(-1);
      expect(recorded?.header('content-encoding')).toBe(coding);
      if (text.includes(mail)) expect(replacementIn(String(request.body), decode(recorded?.body ?? Buffer.alloc(0)).toString(), mail)).toMatch(/email/i);
      else expect(recorded?.body).toEqual(bytes);
    }
  });

  it('leaves the answer alone, even when it repeats a secret', async () => {
    const { provider, running } = await withProvider();
    const chunks = [`data: {"choices":[{"index":0,"delta":{"content":"${awsKey}"}}]}\n\n`, 'data: [DONE]\n\n'];
    provider.behave({ answer: { status: 200, headers: ['content-type', 'text/event-stream'], chunks } });
    const request = inferenceCall('openai-chat', `repeat ${awsKey}`, { stream: true });
    expect((await call(running, request.host, request)).body.toString()).toBe(chunks.join(''));
  });

  it('goes to the gateway redacted, too', async () => {
    const gateway = await startFakeGateway();
    onTestFinished(() => gateway.close());
    const running = await runAgent({ policy, targets: [{ id: 'central', kind: 'gateway', url: gateway.url, virtualKey: 'sk-bf-test' }] });
    const request = inferenceCall('gemini', `use ${awsKey} now`);
    expect((await call(running, request.host, request)).status).toBe(200);
    const received = gateway.requests[0]?.body.toString() ?? '';
    expect(replacementIn(String(request.body), received, awsKey)).toMatch(/aws/i);
  });
});

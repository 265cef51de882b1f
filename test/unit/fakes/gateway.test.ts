import { Agent, fetch } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { createAuthority } from '../../fakes/certificates.ts';
import { startFakeGateway } from '../../fakes/gateway.ts';
import type { GatewayRefusal } from '../../fakes/gateway-answers.ts';
import type { FakeGateway, FakeGatewayOptions } from '../../fakes/gateway.ts';

const requests: Readonly<Record<string, object>> = {
  '/openai/v1/chat/completions': { model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] },
  '/openai/v1/responses': { model: 'gpt-5', input: 'hi' },
  '/anthropic/v1/messages': { model: 'claude', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] },
  '/genai/v1beta/models/gemini-3:generateContent': { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
};
const paths = Object.keys(requests);

async function started(options?: FakeGatewayOptions): Promise<FakeGateway> {
  const gateway = await startFakeGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

const post = (gateway: FakeGateway, path: string, key: string | undefined = 'sk-bf-test') =>
  fetch(gateway.url + path, { method: 'POST', body: JSON.stringify(requests[path]), headers: key === '' ? {} : { 'x-bf-vk': key } });

test.each(paths)('%s is answered for a known virtual key', async (path) => {
  const gateway = await started();
  const response = await post(gateway, path);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("Heimdall's simulator");
  expect(gateway.requests[0]?.header('x-bf-vk')).toBe('sk-bf-test');
  expect(gateway.requests[0]?.body.toString()).toBe(JSON.stringify(requests[path]));
});

test('a missing and an unknown key are refused, unless keys are optional', async () => {
  const gateway = await started();
  const missing = await post(gateway, '/openai/v1/responses', '');
  expect(missing.status).toBe(401);
  expect(await missing.json()).toMatchObject({ type: 'virtual_key_required', status_code: 401 });
  const unknown = await post(gateway, '/openai/v1/responses', 'sk-bf-other');
  expect(await unknown.json()).toMatchObject({ type: 'access_not_found' });
  const open = await started({ mandatory: false });
  expect((await post(open, '/openai/v1/responses', '')).status).toBe(200);
});

const statuses: Partial<Record<GatewayRefusal, number>> = {
  virtual_key_required: 401,
  budget_exceeded: 402,
  model_blocked: 403,
  rate_limited: 429,
  upstream_credentials_exhausted: 502,
};

test.each(Object.entries(statuses))('the refusal %s has its status and the shape of each route', async (refuse, status) => {
  const gateway = await started();
  gateway.behave({ refuse: refuse as GatewayRefusal, retryAfter: '12' });
  const native = await post(gateway, '/openai/v1/chat/completions');
  expect(native.status).toBe(status);
  expect(native.headers.get('retry-after')).toBe('12');
  expect(await native.json()).toMatchObject({ type: refuse, status_code: status });
  const anthropic = await post(gateway, '/anthropic/v1/messages');
  expect(await anthropic.json()).toMatchObject({ type: 'error', error: { type: refuse } });
  const google = await post(gateway, '/genai/v1beta/models/gemini-3:generateContent');
  expect(await google.json()).toMatchObject({ error: { code: status, status: '' } });
});

test("a newer gateway puts Anthropic's own type on Anthropic's route", async () => {
  const gateway = await started({ namesType: false });
  gateway.behave({ refuse: 'budget_exceeded' });
  const response = await post(gateway, '/anthropic/v1/messages');
  expect(response.status).toBe(402);
  expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'billing_error', message: expect.stringContaining('dollars') as string } });
});

test.each(paths)('an error of the provider behind %s keeps its status, its text and its wait', async (path) => {
  const gateway = await started();
  gateway.behave({ providerError: { status: 429, message: 'slow down', retryAfter: '3' } });
  const response = await post(gateway, path);
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('3');
  expect(await response.json()).toMatchObject({
    error: { message: 'slow down' },
    ...(path.startsWith('/openai') ? { extra_fields: { provider: 'openai' } } : {}),
  });
});

test('the knobs of the provider work here too, and an unknown route is 404', async () => {
  const gateway = await started();
  expect((await fetch(`${gateway.url}/openai/v1/batches`, { method: 'POST' })).status).toBe(404);
  expect(await (await fetch(`${gateway.url}/health`)).json()).toEqual({ status: 'ok' });
  gateway.behave({ instead: 'reset' });
  await expect(post(gateway, '/openai/v1/responses')).rejects.toThrow();
});

test('it serves https with a certificate, and comes back on its old port', async () => {
  const authority = createAuthority();
  const gateway = await started({ certificate: authority.issue({ names: ['127.0.0.1'] }) });
  const dispatcher = new Agent({ connect: { ca: authority.root } });
  onTestFinished(() => dispatcher.destroy());
  expect((await fetch(`${gateway.url}/health`, { dispatcher })).status).toBe(200);
  await gateway.close();
  const again = await started({ port: gateway.port });
  expect((await fetch(`${again.url}/health`)).status).toBe(200);
});

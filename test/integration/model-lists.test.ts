import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { expect, it, onTestFinished } from 'vitest';
import { startFakeGateway } from '../fakes/gateway.ts';
import { runAgent } from './running-agent.ts';

const key = 'sk-hd-lists';
const settings = { virtualKeys: [{ id: 'lists', key }], unified: { aliases: { fast: 'groq/llama-3.3-70b-versatile' } } };

async function idsAt(port: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of new OpenAI({ apiKey: key, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 }).models.list()) ids.push(id);
  return ids;
}

it('lists aliases, what the gateways have, and the models of providers that are set up, each once', async () => {
  const gateway = await startFakeGateway();
  onTestFinished(() => gateway.close());
  const agent = await runAgent({
    targets: [
      { id: 'one', kind: 'gateway', url: gateway.url, virtualKey: 'sk-bf-test' },
      { id: 'two', kind: 'gateway', url: gateway.url, virtualKey: 'sk-bf-test' },
      { id: 'anthropic', kind: 'provider', provider: 'anthropic' },
    ],
    settings,
  });
  const ids = await idsAt(agent.port);
  expect(ids.slice(0, 3)).toEqual(['fast', 'openai/gpt-4o', 'anthropic/claude-sonnet-4-6']);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => id.startsWith('anthropic/')).length).toBeGreaterThan(3);
  const asked = gateway.requests.filter(({ path }) => path === '/v1/models');
  expect(asked.map((request) => request.header('x-bf-vk'))).toEqual(['sk-bf-test', 'sk-bf-test']);
  // Asked once, believed for a while.
  await idsAt(agent.port);
  expect(gateway.requests.filter(({ path }) => path === '/v1/models')).toHaveLength(2);
});

it.each([
  ['answers with an error', 500, 'oops'],
  ['answers with something else', 200, '[]'],
  ['answers with no JSON', 200, '<html>'],
])('goes on without a gateway that %s', async (_what, status, body) => {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const agent = await runAgent({ targets: [{ id: 'odd', kind: 'gateway', url: `http://127.0.0.1:${port}` }], settings });
  expect(await idsAt(agent.port)).toEqual(['fast']);
});

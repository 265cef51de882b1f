import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { runAgent } from './running-agent.ts';
import { ask, chat, clientKey, localTarget, modelServer } from './unified-client.ts';

const token = 'a-token-for-metrics-4f1d';
const secretText = 'the-text-of-the-prompt-77ab';

async function page(port: number, headers: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly text: string }> {
  const { request } = await import('undici');
  const answer = await request(`http://127.0.0.1:${port}/metrics`, { headers, reset: true });
  return { status: answer.statusCode, text: await answer.body.text() };
}

describe('/metrics', () => {
  it('is off unless the settings switch it on', async () => {
    const agent = await runAgent();
    const { status, text } = await page(agent.port, { authorization: `Bearer ${token}` });
    expect(status).toBe(404);
    expect(text).toContain('telemetry.prometheus');
  });

  it('needs its token, and is not for web pages', async () => {
    const agent = await runAgent({ settings: { telemetry: { prometheus: { enabled: true, token } } } });
    expect((await page(agent.port, {})).status).toBe(401);
    expect((await page(agent.port, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await page(agent.port, { authorization: `Bearer ${clientKey.key}` })).status).toBe(401);
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { host: 'evil.example' }, { origin: `http://127.0.0.1:${agent.port}` }])
      expect((await page(agent.port, { authorization: `Bearer ${token}`, ...headers })).status).toBe(403);
    expect((await page(agent.port, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it('counts calls, tokens, cost, retries and targets, and holds no text and no key', async () => {
    const [bad, good] = [await modelServer(), await modelServer()];
    bad.behave({ vendorError: { status: 503, message: 'down' } });
    const agent = await runAgent({
      targets: [localTarget('bad-one', bad), localTarget('good-one', good)],
      settings: {
        virtualKeys: [clientKey],
        prices: { 'vllm/qwen3': { input: 1, output: 1 } },
        budgets: [{ id: 'all', usd: 10, per: 'day' }],
        telemetry: { prometheus: { enabled: true, token } },
      },
    });
    for (let i = 0; i < 3; i += 1)
      expect((await ask(agent, { body: chat(secretText, { stream: true, stream_options: { include_usage: true } }) })).status).toBe(200);
    await agent.rows(3);
    const { text } = await page(agent.port, { authorization: `Bearer ${token}` });
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const withAll = (...parts: readonly string[]) => lines.filter((line) => parts.every((part) => line.includes(part)));
    expect(withAll('good-one').length).toBeGreaterThan(0);
    expect(withAll('bad-one').length).toBeGreaterThan(0);
    expect(withAll('qwen3').length).toBeGreaterThan(0);
    const sum = (...parts: readonly string[]): number => withAll(...parts).reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    const rows = await agent.rows(3);
    const tokens = rows.reduce((all, { record }) => all + (record.usage?.inputTokens ?? 0), 0);
    const inputLines = lines.filter((line) => /input/.test(line) && /token/.test(line) && !/bucket|cached|_count/.test(line));
    expect(inputLines.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))).toContain(tokens);
    const cost = rows.reduce((all, { record }) => all + (record.costUsd ?? 0), 0);
    expect(cost).toBeGreaterThan(0);
    expect(sum('cost')).toBeCloseTo(cost, 6);
    expect(text).not.toContain(secretText);
    expect(text).not.toContain(clientKey.key);
    expect(text).not.toContain(token);
  });
});

describe('OTLP', () => {
  it('brings spans and metrics with the gen_ai names to a collector, with its headers and without a byte of text', async () => {
    const received: { readonly path: string; readonly headers: string; readonly body: Buffer }[] = [];
    const collector = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const raw = Buffer.concat(pieces);
        received.push({
          path: request.url ?? '',
          headers: JSON.stringify(request.rawHeaders),
          body: request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw,
        });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      collector.closeAllConnections();
      collector.close();
    });
    const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const server = await modelServer();
    const agent = await runAgent({
      targets: [localTarget('only', server)],
      settings: {
        virtualKeys: [clientKey],
        prices: { 'vllm/qwen3': { input: 1, output: 1 } },
        telemetry: { otlp: { url, headers: { 'x-collector-key': 'collector-secret' }, everySeconds: 1 } },
      },
    });
    expect((await ask(agent, { body: chat(secretText) })).status).toBe(200);
    await ask(agent, { body: chat(secretText, { stream: true }) });
    await agent.rows(2);
    const paths = () => new Set(received.map(({ path }) => path));
    await eventually(
      () => paths().has('/v1/traces') && received.some(({ path, body }) => path === '/v1/metrics' && body.includes('gen_ai')),
      'traces and metrics at the collector',
    );
    await agent.close();
    const all = Buffer.concat(received.map(({ body }) => body)).toString('latin1');
    for (const name of ['gen_ai.request.model', 'gen_ai.usage.input_tokens', 'gen_ai.client.token.usage', 'gen_ai.client.operation.duration', 'qwen3'])
      expect(all).toContain(name);
    for (const { headers } of received) expect(headers).toContain('collector-secret');
    const everything = received.map(({ path, headers, body }) => path + headers + body.toString('latin1')).join('');
    for (const secret of [secretText, clientKey.key, "Heimdall's simulator"]) expect(everything).not.toContain(secret);
  });

  it('that cannot be brought there is told, and no call waits for it', async () => {
    const server = await modelServer();
    const agent = await runAgent({
      targets: [localTarget('only', server)],
      // Nobody listens there.
      settings: { virtualKeys: [clientKey], telemetry: { otlp: { url: 'http://127.0.0.1:1', everySeconds: 1 } } },
    });
    expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
    await eventually(() => agent.agent.status().warnings.some(({ code }) => code === 'telemetry-trouble'), 'the warning');
    expect((await ask(agent, { body: chat('hello') })).status).toBe(200);
  });
});

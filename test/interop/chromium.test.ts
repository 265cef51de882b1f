// Headless Chromium with the agent's CA in an NSS database: an intercepted page, a tunnelled page, a WebSocket.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { startAgentUnderTest } from './agent-under-test.ts';
import type { AgentUnderTest } from './agent-under-test.ts';

const page = '<!doctype html><title>Fake</title><h1>Origin page</h1><script>document.title = "ran"</script>';

let home: string;
let intercepted: FakeProvider;
let tunnelled: FakeProvider;
let agent: AgentUnderTest;
let browser: Browser;

beforeAll(async () => {
  intercepted = await startFakeProvider();
  tunnelled = await startFakeProvider({ names: ['www.example.org'] });
  for (const origin of [intercepted, tunnelled]) {
    origin.behave(({ path }) =>
      path === '/' ? { compress: 'br', answer: { status: 200, headers: ['content-type', 'text/html; charset=utf-8'], chunks: [page] } } : undefined,
    );
  }
  agent = await startAgentUnderTest({ upstreams: { 'api.openai.com': intercepted }, connectTo: { 'www.example.org': tunnelled.port } });
  home = mkdtempSync(join(tmpdir(), 'heimdall-chromium-'));
  const tunnelledRoot = join(home, 'tunnelled.pem');
  writeFileSync(tunnelledRoot, tunnelled.root);
  trust({ heimdall: agent.caFile, tunnelled: tunnelledRoot });
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-dev-shm-usage'],
    proxy: { server: agent.proxyUrl },
  });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await agent.stop();
  await Promise.all([intercepted.close(), tunnelled.close()]);
  rmSync(home, { recursive: true, force: true });
});

/** Puts certificates as roots into the NSS database Chromium reads under this home. */
function trust(files: Readonly<Record<string, string>>): void {
  const folder = join(home, '.pki', 'nssdb');
  mkdirSync(folder, { recursive: true });
  execFileSync('certutil', ['-d', `sql:${folder}`, '-N', '--empty-password']);
  for (const [name, file] of Object.entries(files)) execFileSync('certutil', ['-d', `sql:${folder}`, '-A', '-t', 'C,,', '-n', name, '-i', file]);
}

test('a page of an intercepted host comes with a certificate of the agent, over h2, unchanged', async () => {
  const tab = await browser.newPage();
  const response = await tab.goto('https://api.openai.com/');
  expect(response?.status()).toBe(200);
  expect(await response?.text()).toBe(page);
  expect(await tab.title()).toBe('ran');
  expect((await response?.securityDetails())?.issuer).toMatch(/^Heimdall CA/);
  const request = intercepted.requests.find(({ path }) => path === '/');
  expect(request?.httpVersion).toBe('2');
  expect(request?.header('user-agent')).toMatch(/Chrome\//);
  expect(request?.header('accept')).toContain('text/html');
  expect(await agent.recordOf(({ path, host }) => path === '/' && host === 'api.openai.com')).toMatchObject({
    outcome: 'native',
    status: 200,
    httpVersion: '2',
  });
  await tab.close();
});

test('a page of any other host is tunnelled: its own certificate, its own bytes', async () => {
  const tab = await browser.newPage();
  const response = await tab.goto('https://www.example.org/');
  expect(await response?.text()).toBe(page);
  expect((await response?.securityDetails())?.issuer).toMatch(/^Provider Root/);
  expect(tunnelled.requests.some(({ path, httpVersion }) => path === '/' && httpVersion === '2')).toBe(true);
  await tab.close();
  expect(agent.rows.filter(({ record }) => record.host === 'www.example.org' && record.kind !== 'tunnel')).toEqual([]);
});

test('a page streams an inference call and gets each event', async () => {
  const tab = await browser.newPage();
  await tab.goto('https://api.openai.com/');
  const body = JSON.stringify({ model: 'gpt-5', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'hi' }] });
  const got = await tab.evaluate(async (text) => {
    const answer = await fetch('/v1/chat/completions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: text });
    return answer.text();
  }, body);
  expect(got).toMatch(/data: \[DONE\]\n\n$/);
  // The browser asks for its icon besides.
  expect(intercepted.requests.find(({ path }) => path === '/v1/chat/completions')?.body.toString()).toBe(body);
  await agent.recordOf(({ dialect, usage }) => dialect === 'openai-chat' && usage?.outputTokens !== undefined);
  await tab.close();
});

test('a WebSocket to an intercepted host carries text and bytes both ways, and its close', async () => {
  const tab = await browser.newPage();
  await tab.goto('https://api.openai.com/');
  const got = await tab.evaluate(
    () =>
      new Promise<unknown[]>((resolve, reject) => {
        const socket = new WebSocket('wss://api.openai.com/v1/realtime?model=x');
        const messages: unknown[] = [];
        socket.binaryType = 'arraybuffer';
        socket.onerror = () => {
          reject(new Error('the socket failed'));
        };
        socket.onopen = () => {
          socket.send('grüße');
          socket.send(new Uint8Array([0, 127, 255]));
        };
        socket.onmessage = ({ data }) => {
          messages.push(data instanceof ArrayBuffer ? Array.from(new Uint8Array(data)) : data);
          if (messages.length === 2) socket.close(4002, 'done');
        };
        socket.onclose = ({ code }) => {
          resolve([...messages, code]);
        };
      }),
  );
  expect(got).toEqual(['grüße', [0, 127, 255], 4002]);
  const [socket] = intercepted.sockets;
  expect(socket?.path).toBe('/v1/realtime?model=x');
  expect(socket?.messages.map(({ data, binary }) => (binary ? [...data] : data.toString()))).toEqual(['grüße', [0, 127, 255]]);
  await vi.waitFor(() => expect(socket?.closeCode).toBe(4002));
  await agent.recordOf(({ path, status }) => path === '/v1/realtime' && status === 101);
  await tab.close();
});

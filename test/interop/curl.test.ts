// curl over http/1.1 and h2 through the agent, against origins that record every byte.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { onWholeRequest, startRawOrigin } from '../fakes/raw-origin.ts';
import type { RawConnection, RawOrigin } from '../fakes/raw-origin.ts';
import { startAgentUnderTest } from './agent-under-test.ts';
import type { AgentUnderTest } from './agent-under-test.ts';
import { runClient } from './client-process.ts';

const chatUrl = 'https://api.openai.com/v1/chat/completions';
const chatBody = '{ "model": "gpt-5",\n  "messages": [ {"role":"user", "content":"odd \\u00e4 spacing"} ], "stream": true }';

let folder: string;
let provider: FakeProvider;
let agent: AgentUnderTest;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heimdall-curl-'));
  provider = await startFakeProvider();
  writeFileSync(join(folder, 'root.pem'), provider.root);
  agent = await startAgentUnderTest({ upstreams: { 'api.openai.com': provider } });
});
afterEach(() => provider.behave(undefined));
afterAll(async () => {
  await agent.stop();
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Via {
  readonly agent: AgentUnderTest;
  readonly origin: { readonly port: number };
  readonly rootFile: string;
}

/** Through the agent, trusting its CA. */
async function curl(via: Via, ...args: readonly string[]): Promise<string> {
  return output(via, ['--proxy', via.agent.proxyUrl, '--cacert', via.agent.caFile, ...args]);
}

/** Straight to the origin, trusting its root: what must also happen through the agent. */
async function curlDirectly(via: Via, ...args: readonly string[]): Promise<string> {
  return output(via, ['--noproxy', '*', '--connect-to', `::127.0.0.1:${via.origin.port}`, '--cacert', via.rootFile, ...args]);
}

async function output(via: Via, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runClient(via.agent, 'curl', ['--silent', '--show-error', '--max-time', '30', ...args]);
  if (code !== 0) throw new Error(`curl ended with ${String(code)}: ${stderr}`);
  return stdout;
}

const usual = (): Via => ({ agent, origin: provider, rootFile: join(folder, 'root.pem') });

describe.each(['--http1.1', '--http2'])('curl %s', (version) => {
  test('a streamed call is the same with and without the agent, at both ends', async () => {
    const args = [version, '--no-buffer', '-H', 'content-type: application/json', '-H', 'X-Twice: a', '-H', 'x-twice: b', '--data-binary', chatBody, chatUrl];
    const before = provider.requests.length;
    const direct = await curlDirectly(usual(), ...args);
    const proxied = await curl(usual(), ...args);
    expect(proxied).toBe(direct);
    expect(proxied).toMatch(/data: \[DONE\]\n\n$/);
    const [one, two] = provider.requests.slice(before);
    expect(two?.httpVersion).toBe(version === '--http2' ? '2' : '1.1');
    expect(two?.body.toString()).toBe(chatBody);
    const ordinary = (headers: readonly string[] = []): string[] => headers.filter((_, index) => !(headers[index - (index % 2)] ?? '').startsWith(':'));
    expect(ordinary(two?.headers).map((part) => part.toLowerCase())).toEqual(ordinary(one?.headers).map((part) => part.toLowerCase()));
  });

  test('three megabytes go up and come down whole', async () => {
    const file = join(folder, 'large.bin');
    const large = Buffer.from('0123456789abcdef'.repeat(200_000));
    writeFileSync(file, large);
    provider.behave({
      answer: { status: 200, headers: ['content-type', 'application/octet-stream'], chunks: [large.subarray(0, 1_000_000), large.subarray(1_000_000)] },
    });
    const got = await curl(usual(), version, '--data-binary', `@${file}`, 'https://api.openai.com/v1/files');
    expect(got.length).toBe(large.length);
    expect(got).toBe(large.toString());
    expect(provider.requests.at(-1)?.body.equals(large)).toBe(true);
  });

  test('trailers and early hints come through', async () => {
    provider.behave({ interim: [{ status: 103, headers: ['link', '</a>; rel=preload'] }], trailers: ['x-checksum', 'abc'] });
    const got = await curl(usual(), version, '--include', '--suppress-connect-headers', 'https://api.openai.com/v1/models');
    expect(got).toMatch(/^HTTP\/(1\.1|2) 103/);
    expect(got).toMatch(/x-checksum: abc\s*$/i);
  });

  test("a reset in mid-stream is an error for curl too, or the vendor's error event", async () => {
    provider.behave({ breakAfter: { chunks: 3, how: 'reset' } });
    const args = ['--silent', '--proxy', agent.proxyUrl, '--cacert', agent.caFile, version, '--data-binary', chatBody, chatUrl];
    const { code, stdout } = await runClient(agent, 'curl', args);
    expect(stdout).not.toContain('[DONE]');
    expect(code === 0 && !stdout.includes('"error"') ? 'taken for whole' : 'failed').toBe('failed');
    await agent.recordOf(({ error, dialect }) => dialect === 'openai-chat' && error?.code === 'upstream-closed');
  });
});

describe('byte for byte over http/1.1', () => {
  const answer = [
    'HTTP/1.1 200 Very  Fine',
    'X-ODD-case: 1',
    'Set-Cookie: a=1; Path=/',
    'set-cookie: b=2',
    'content-TYPE: text/event-stream',
    'Transfer-Encoding: chunked',
    '',
    '9',
    'data: 1\n\n',
    '9',
    'data: 2\n\n',
    '0',
    '',
    '',
  ].join('\r\n');
  let origin: RawOrigin;
  let rawAgent: AgentUnderTest;
  let via: Via;

  beforeAll(async () => {
    origin = await startRawOrigin(onWholeRequest(answer));
    rawAgent = await startAgentUnderTest({ upstreams: { 'api.openai.com': origin } });
    writeFileSync(join(folder, 'raw.pem'), origin.root);
    via = { agent: rawAgent, origin, rootFile: join(folder, 'raw.pem') };
  });
  afterAll(async () => {
    await rawAgent.stop();
    await origin.close();
  });

  const seen = new Map<RawConnection, number>();
  /** What has arrived since the last call, on whichever connection. */
  const arrived = (): string => {
    const parts = origin.connections.map((connection) => connection.received.toString('latin1', seen.get(connection) ?? 0));
    for (const connection of origin.connections) seen.set(connection, connection.received.length);
    return parts.join('');
  };

  test.each([
    ['an inference call with a length', ['-H', 'oDd-CaSe: x', '-H', 'x-twice: 1', '-H', 'X-Twice: 2', '--data-binary', chatBody, chatUrl]],
    ['a chunked inference call', ['-H', 'Transfer-Encoding: chunked', '--data-binary', chatBody, chatUrl]],
    ['a native call with a query', ['-X', 'DELETE', 'https://api.openai.com/v1/files/f%2F1?b=2&a=1&a=']],
  ])('%s reaches the origin unchanged, and the answer the client', async (_name, args) => {
    const direct = await curlDirectly(via, '--http1.1', '--include', ...args);
    const sentDirectly = arrived();
    const proxied = await curl(via, '--http1.1', '--include', '--suppress-connect-headers', ...args);
    expect(arrived()).toBe(sentDirectly);
    expect(proxied).toBe(direct);
    expect(proxied).toContain('X-ODD-case: 1');
  });
});

test('without the CA curl refuses the agent, and the handshake is audited', async () => {
  const { code } = await runClient(agent, 'curl', [
    '--silent',
    '--proxy',
    agent.proxyUrl,
    '--cacert',
    join(folder, 'root.pem'),
    'https://api.openai.com/v1/models',
  ]);
  expect(code).toBe(60);
  expect(await agent.recordOf(({ kind }) => kind === 'handshake')).toMatchObject({ host: 'api.openai.com', handshake: 'cert-rejected' });
});

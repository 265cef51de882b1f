import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { connect as tlsConnect } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeProvider } from '../fakes/provider.ts';
import { onWholeRequest, startRawOrigin } from '../fakes/raw-origin.ts';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call, dial, openTls, openTunnel, openWire, Wire } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';

async function listening(onSocket: (socket: Socket) => void, options: { allowHalfOpen?: boolean } = {}): Promise<{ port: number; server: Server }> {
  const server = createServer(options, (socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, server };
}

async function ask(running: RunningAgent, text: string): Promise<string> {
  const wire = dial(running);
  wire.send(text);
  return wire.untilClosed();
}

describe('the port', () => {
  it('is on loopback only', async () => {
    const running = await runAgent();
    expect(running.agent.status().proxy.addresses.every((address) => address === '127.0.0.1' || address === '::1')).toBe(true);
    const others = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
    );
    for (const host of [...others, ...(process.platform === 'linux' ? ['127.0.0.2'] : [])]) {
      const wire = dial(running, { host });
      await wire.untilClosed();
      expect(wire.error?.code).toBe('ECONNREFUSED');
    }
  });

  it('serves its PAC file, which sends AI hosts here with a way out and all else straight out', async () => {
    const running = await runAgent();
    const answer = await ask(running, 'GET /proxy.pac HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: application\/x-ns-proxy-autoconfig\r\n/);
    const find = (name: string): unknown => runInNewContext(`${answer.slice(answer.indexOf('\r\n\r\n'))}; FindProxyForURL('https://${name}/', '${name}')`);
    const here = `PROXY 127.0.0.1:${running.port}; DIRECT`;
    expect(['api.openai.com', 'API.OpenAI.com', 'eu.api.openai.com'].map(find)).toEqual([here, here, here]);
    expect(['openai.com', 'example.org', 'googleapis.com', 'a.b.api.openai.com', 'constructor'].map(find)).toEqual(Array(5).fill('DIRECT'));
  });

  it('serves its CA and a page that says what it is, and nothing that changes anything', async () => {
    const running = await runAgent();
    const pem = await ask(running, 'GET /ca.pem HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(pem.slice(pem.indexOf('\r\n\r\n') + 4)).toBe(readFileSync(running.caFile, 'utf8'));
    expect(await ask(running, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK.*This is Heimdall/s);
    expect(await ask(running, 'GET /nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask(running, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi')).toMatch(/^HTTP\/1\.1 405 /);
    expect(await ask(running, 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/\r\n\r\n$/);
  });

  it('that is busy gives way to another with a warning, or stops the agent, as settings say', async () => {
    const { port } = await listening(() => undefined);
    const running = await runAgent({ settings: { port } });
    expect(running.port).not.toBe(port);
    expect(running.agent.status().warnings.map(({ code }) => code)).toEqual(['port-fallback']);
    await expect(runAgent({ settings: { port, portFallback: false } })).rejects.toMatchObject({
      code: 'port-busy',
      message: expect.stringContaining(String(port)) as unknown,
    });
  });

  it('of a second agent on the same data folder is never opened', async () => {
    const running = await runAgent();
    await expect(runAgent({ folder: running.folder })).rejects.toMatchObject({ code: 'already-running' });
    expect(await ask(running, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('an address of this machine or its network', () => {
  const spellings = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '017700000001',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ]
    .concat('localhost', 'LOCALHOST.', 'any.localhost', hostname())
    .concat(
      '10.0.0.1',
      '172.16.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '169.254.169.254',
      '2852039166',
      '0xa9fea9fe',
      '[::ffff:a9fe:a9fe]',
      '[fe80::1]',
      '[fd00:ec2::254]',
      '255.255.255.255',
      '224.0.0.1',
    );

  it('is refused by CONNECT in every spelling', async () => {
    const running = await runAgent();
    for (const spelling of spellings) {
      for (const port of [running.port, 80]) {
        const answer = await ask(running, `CONNECT ${spelling}:${port} HTTP/1.1\r\nHost: x\r\n\r\n`);
        expect(answer, spelling).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n.*X-Heimdall-Error: address-refused/s);
      }
    }
    const rows = await running.rows(spellings.length * 2);
    expect(rows.every(({ record }) => record.kind === 'refused' && record.error?.code === 'address-refused')).toBe(true);
  });

  it('is refused in absolute form in every spelling', async () => {
    const running = await runAgent();
    for (const spelling of spellings) {
      const answer = await ask(running, `GET http://${spelling}:${running.port}/ HTTP/1.1\r\nHost: innocent.example\r\nConnection: close\r\n\r\n`);
      expect(answer, spelling).toMatch(/^HTTP\/1\.1 403 /);
      expect(answer, spelling).not.toContain('This is Heimdall');
    }
  });

  it('is reached where settings allow its range, but never the own port', async () => {
    const { port } = await listening((socket) => socket.end('hello'));
    const running = await runAgent({ network: { allowPrivate: ['127.0.0.0/8'] } });
    const wire = new Wire(await openTunnel(running, `127.0.0.1:${port}`));
    expect(await wire.untilClosed()).toBe('hello');
    for (const host of ['127.0.0.1', '127.1'])
      await expect(openTunnel(running, `${host}:${running.port}`).then((socket) => new Wire(socket).untilClosed())).resolves.not.toContain('Heimdall');
  });
});

describe('a proxy request for plain http', () => {
  it('is passed on with its path, Host as the target says', async () => {
    let received = '';
    const { port } = await listening((socket) =>
      socket.on('data', (piece: Buffer) => {
        received += piece.toString('latin1');
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      }),
    );
    const running = await runAgent({ network: { connectTo: { 'plain.example': `127.0.0.1:${port}` } } });
    const wire = dial(running);
    wire.send('GET http://plain.example/a?b=c HTTP/1.1\r\nHost: other.example\r\nProxy-Connection: keep-alive\r\nX-A: 1\r\n\r\n');
    await wire.until((text) => text.endsWith('ok'));
    expect(received).toBe('GET /a?b=c HTTP/1.1\r\nHost: plain.example\r\nX-A: 1\r\n\r\n');
    expect(await running.onlyRecord()).toMatchObject({ kind: 'tunnel', outcome: 'tunnelled', host: 'plain.example', path: '/a', status: 200 });
  });
});

describe('a tunnel', () => {
  it('carries a host outside the catalog untouched: the client meets the certificate of the host itself', async () => {
    const provider = await startFakeProvider({ names: ['other.example'] });
    onTestFinished(() => provider.close());
    const running = await runAgent({ network: { connectTo: { 'other.example': `127.0.0.1:${provider.port}` } } });
    const socket = await openTls(running, 'other.example', { ca: provider.root });
    socket.end();
    await eventually(async () => (await running.rows()).length === 1, 'the row of the tunnel');
    const record = await running.onlyRecord();
    expect(record).toMatchObject({ kind: 'tunnel', outcome: 'tunnelled', host: 'other.example', port: 443 });
    expect(record.bytesFromClient).toBeGreaterThan(100);
    expect(record.bytesToClient).toBeGreaterThan(100);
  });

  it('carries what is not TLS, and protocols in which the server speaks first, also to an AI host', async () => {
    const { port } = await listening((socket) => {
      socket.write('220 ready\r\n');
      socket.on('data', (piece: Buffer) => socket.write(piece.toString().toUpperCase()));
    });
    const running = await runAgent({ network: { connectTo: { 'api.openai.com': `127.0.0.1:${port}` } } });
    const talking = new Wire(await openTunnel(running, 'api.openai.com:443'));
    talking.send('ehlo there');
    await talking.until((text) => text === '220 ready\r\nEHLO THERE');
    const waiting = new Wire(await openTunnel(running, 'api.openai.com:2525'));
    await waiting.until((text) => text === '220 ready\r\n', 'the greeting');
  });

  it('lets each side end on its own, and passes a reset on', async () => {
    const { port } = await listening(
      (socket) => {
        let seen = '';
        socket.on('data', (piece: Buffer) => (seen += piece.toString()));
        socket.on('end', () => socket.end(`you said ${seen}`));
      },
      { allowHalfOpen: true },
    );
    const running = await runAgent({ network: { connectTo: { 'half.example': `127.0.0.1:${port}` } } });
    const socket = await openTunnel(running, 'half.example:1234', { allowHalfOpen: true });
    const wire = new Wire(socket);
    socket.end('goodbye');
    expect(await wire.untilClosed()).toBe('you said goodbye');
    expect(await running.onlyRecord()).toMatchObject({ outcome: 'tunnelled', bytesFromClient: 7, bytesToClient: 16 });

    const { port: resetting } = await listening((upstream) => upstream.once('data', () => upstream.resetAndDestroy()));
    const second = await runAgent({ network: { connectTo: { 'reset.example': `127.0.0.1:${resetting}` } } });
    const broken = new Wire(await openTunnel(second, 'reset.example:1'));
    broken.send('x');
    await eventually(() => broken.closed, 'the reset');
    expect(broken.error?.code).toBe('ECONNRESET');
  });

  it('is what every connection becomes while the user has paused Heimdall', async () => {
    const provider = await startFakeProvider();
    onTestFinished(() => provider.close());
    const running = await runAgent({ hosts: { 'api.openai.com': provider } });
    const control = await running.control();
    expect(await control.call('agent.pause', { minutes: 5 })).toMatchObject({ state: 'paused' });
    const paused = await openTls(running, 'api.openai.com', { ca: provider.root });
    paused.destroy();
    expect(await control.call('agent.resume', {})).toMatchObject({ state: 'protected' });
    expect((await call(running, 'api.openai.com', inferenceCall('openai-chat', 'hello'))).status).toBe(200);
    const rows = await running.rows(2);
    expect(rows.map(({ record }) => record.outcome)).toEqual(['tunnelled', 'forwarded']);
  });
});

describe('a hostile client', () => {
  const smuggling = {
    'both lengths': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two lengths': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd',
    'a list of lengths': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 4, 4\r\n\r\nabcd',
    'a signed length': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: +4\r\n\r\nabcd',
    'a hexadecimal length': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 0x4\r\n\r\nabcd',
    'another coding': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'a disguised coding': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    'a repeated coding': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
    'a blank before the colon': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length : 4\r\n\r\nabcd',
    'a folded line': 'POST / HTTP/1.1\r\nHost: api.openai.com\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n',
    'a bare line feed': 'GET / HTTP/1.1\r\nHost: api.openai.com\nX: 1\r\n\r\n',
    'a bare carriage return': 'GET / HTTP/1.1\r\nHost: api.openai.com\r\nX: 1\rY: 2\r\n\r\n',
    'a zero byte': 'GET / HTTP/1.1\r\nHost: api.openai.com\r\nX: 1\0\r\n\r\n',
    'two hosts': 'GET / HTTP/1.1\r\nHost: api.openai.com\r\nHost: other.example\r\n\r\n',
    'no host': 'GET / HTTP/1.1\r\nX: 1\r\n\r\n',
    'an absolute target inside the tunnel': 'GET https://other.example/ HTTP/1.1\r\nHost: api.openai.com\r\n\r\n',
    'CONNECT inside the tunnel': 'CONNECT other.example:443 HTTP/1.1\r\nHost: api.openai.com\r\n\r\n',
    'an old coding': 'POST / HTTP/1.0\r\nHost: api.openai.com\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'an unknown version': 'GET / HTTP/3.7\r\nHost: api.openai.com\r\n\r\n',
    'a blank in the target': 'GET /a b HTTP/1.1\r\nHost: api.openai.com\r\n\r\n',
    garbage: '\u0001\u0002\u0003 nonsense\r\n\r\n',
  };

  it('gets 400 for whatever two parsers could read differently, and the origin sees nothing of it', async () => {
    const origin = await startRawOrigin(onWholeRequest('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    onTestFinished(() => origin.close());
    const running = await runAgent({ hosts: { 'api.openai.com': origin } });
    for (const [name, bytes] of Object.entries(smuggling)) {
      const wire = await openWire(running, 'api.openai.com');
      wire.send(bytes);
      expect(await wire.untilClosed(), name).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(origin.connections).toHaveLength(0);
  });

  it('is not let through to another host than the one it dialled', async () => {
    const origin = await startRawOrigin(onWholeRequest('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    onTestFinished(() => origin.close());
    const running = await runAgent({ hosts: { 'api.openai.com': origin } });
    const wire = await openWire(running, 'api.openai.com');
    wire.send('GET / HTTP/1.1\r\nHost: api.anthropic.com\r\n\r\n');
    expect(await wire.untilClosed()).toMatch(/^HTTP\/1\.1 403 /);
    expect(origin.connections).toHaveLength(0);
  });

  it('with malformed chunks breaks its own request only', async () => {
    const origin = await startRawOrigin(() => undefined);
    onTestFinished(() => origin.close());
    const running = await runAgent({ hosts: { 'api.openai.com': origin } });
    for (const chunk of ['zz\r\n', '5\r\nabcdefgh\r\n', '-1\r\n', '1;\u0000\r\n', '5\nabcde\r\n', `${'1'.repeat(20)}\r\n`]) {
      const wire = await openWire(running, 'api.openai.com');
      wire.send(`POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`);
      expect(await wire.untilClosed(), chunk).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(origin.connections).toHaveLength(0);
    expect(await running.rows(6)).toHaveLength(6);
  });

  it('with an endless head is cut off, on the port and inside a tunnel', async () => {
    const running = await runAgent();
    for (const wire of [dial(running), await openWire(running, 'api.openai.com')]) {
      wire.send('GET / HTTP/1.1\r\nHost: api.openai.com\r\n');
      for (let line = 0; line < 40 && !wire.ended; line++) wire.send(`X-${line}: ${'a'.repeat(4000)}\r\n`);
      expect(await wire.untilClosed()).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it('that drips its heads byte by byte does not keep others from being served', async () => {
    const running = await runAgent();
    const dripping = Array.from({ length: 200 }, () => dial(running));
    for (const wire of dripping) wire.send('GET / HT');
    expect(await ask(running, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    for (const wire of dripping.slice(0, 50)) wire.socket.destroy();
    for (const wire of dripping.slice(50, 60)) wire.send('TP/1.1\r\nHost: x\r\n\r\n');
    for (const wire of dripping.slice(50, 60)) await wire.until((text) => text.startsWith('HTTP/1.1 200 '));
  });

  it('that sends garbage, or a TLS hello to the port itself, gets 400 and an end', async () => {
    const running = await runAgent();
    expect(await ask(running, '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await ask(running, 'CONNECT not-an-authority HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await ask(running, 'CONNECT example.org:99999 HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('that leaves its handshake is told apart by how it left', async () => {
    const running = await runAgent({ network: { handshakeTimeoutMs: 300 } });
    const handshake = async (options: object): Promise<void> => {
      const socket = await openTunnel(running, 'api.openai.com:443');
      await new Promise<void>((resolve) => {
        const secure = tlsConnect({ socket, servername: 'api.openai.com', ...options }, () => void secure.end());
        secure.on('error', () => resolve());
        secure.on('close', () => resolve());
      });
    };
    // curl verifies during the handshake and says what it thinks of the certificate; Node's client looks at it afterwards.
    const untrusting = ['-sS', '--proxy', `http://127.0.0.1:${running.port}`, 'https://api.openai.com/v1/models'];
    await expect(promisify(execFile)('curl', untrusting)).rejects.toMatchObject({ code: 60 });
    await handshake({ ca: readFileSync(running.caFile), ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' });
    const hello = await helloBytes();
    const closing = await openTunnel(running, 'api.openai.com:443');
    closing.write(hello);
    await new Promise((resolve) => closing.once('data', resolve).resume());
    closing.destroy();
    const resetting = await openTunnel(running, 'api.openai.com:443');
    resetting.write(hello);
    await new Promise((resolve) => resetting.once('data', resolve).resume());
    resetting.resetAndDestroy();
    const silent = await openTunnel(running, 'api.openai.com:443');
    silent.write(hello);
    const rows = await running.rows(5);
    expect(rows.every(({ record }) => record.kind === 'handshake')).toBe(true);
    expect(rows.map(({ record }) => record.handshake).sort()).toEqual(['cert-rejected', 'closed', 'no-shared-cipher', 'reset', 'timeout']);
  });

  it('whose hello is late, or comes in drops, does not slip by unread', async () => {
    const { port } = await listening((socket) => void socket.write('from the origin'));
    const running = await runAgent({ network: { connectTo: { 'api.openai.com': `127.0.0.1:${port}` } } });
    const hello = await helloBytes();
    await Promise.all(
      [0, 40].map(async (first) => {
        const wire = new Wire(await openTunnel(running, 'api.openai.com:443'));
        wire.send(hello.subarray(0, first));
        await new Promise((resolve) => setTimeout(resolve, 1_800));
        wire.send(hello.subarray(first));
        // A TLS handshake record: our own answer to the hello.
        expect(await wire.until((text) => text !== '')).toMatch(/^\x16\x03/);
      }),
    );
  });

  /** What a TLS client says first. */
  async function helloBytes(): Promise<Buffer> {
    return new Promise((resolve) => {
      void listening((socket) => socket.once('data', (piece: Buffer) => resolve(piece))).then(({ port }) => {
        const secure = tlsConnect({ port, host: '127.0.0.1', servername: 'api.openai.com' });
        secure.on('error', () => undefined);
        onTestFinished(() => void secure.destroy());
      });
    });
  }
});

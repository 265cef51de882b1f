import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { peekClientHello } from '../../../src/proxy/client-hello.ts';

/** The first flight of whatever `dial` starts, taken from a real socket. */
async function capture(dial: (port: number) => { stop: () => void }): Promise<Buffer> {
  let stop = (): void => undefined;
  return await new Promise<Buffer>((resolve, reject) => {
    const server = createServer((socket) => {
      const chunks: Buffer[] = [];
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        const bytes = Buffer.concat(chunks);
        if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) return;
        socket.destroy();
        server.close();
        stop();
        resolve(bytes);
      });
    });
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      stop = dial((server.address() as AddressInfo).port).stop;
    });
  });
}

const program = (command: string, args: (port: number) => string[]) => (port: number) => {
  const child = spawn(command, args(port), { stdio: 'ignore' });
  return { stop: () => void child.kill('SIGKILL') };
};
const node = (options: { servername?: string; ALPNProtocols?: string[]; maxVersion?: 'TLSv1.2' }) => (port: number) => {
  const socket = tlsConnect({ port, host: '127.0.0.1', ...options });
  socket.on('error', () => undefined);
  return { stop: () => void socket.destroy() };
};

const hellos: { by: string; bytes: Buffer; serverName: string | undefined; alpn: readonly string[] }[] = [];

beforeAll(async () => {
  const add = async (by: string, dial: Parameters<typeof capture>[0], serverName: string | undefined, alpn: readonly string[]) =>
    hellos.push({ by, bytes: await capture(dial), serverName, alpn });
  await add('Node', node({ servername: 'API.OpenAI.com', ALPNProtocols: ['h2', 'http/1.1'] }), 'api.openai.com', ['h2', 'http/1.1']);
  await add('Node with TLS 1.2', node({ servername: 'api.openai.com', maxVersion: 'TLSv1.2' }), 'api.openai.com', []);
  await add('Node without a name', node({}), undefined, []);
  await add(
    'OpenSSL',
    program('openssl', (port) => ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'claude.ai', '-alpn', 'h2']),
    'claude.ai',
    ['h2'],
  );
  await add(
    'curl',
    program('curl', (port) => ['-sk', '--noproxy', '*', '--connect-to', `chatgpt.com:443:127.0.0.1:${port}`, 'https://chatgpt.com/']),
    'chatgpt.com',
    ['h2', 'http/1.1'],
  );
});

/** The handshake message cut into TLS records of a few bytes each. */
function fragmented(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

describe('a real ClientHello', () => {
  it('is read whoever sent it', () => {
    expect(hellos).toHaveLength(5);
    for (const { by, bytes, serverName, alpn } of hellos) expect({ by, ...peekClientHello(bytes) }).toEqual({ by, kind: 'tls', serverName, alpn });
  });

  it('is incomplete at every cut before its end', () => {
    for (const { bytes } of hellos)
      for (let cut = 0; cut < bytes.length; cut++) expect(peekClientHello(bytes.subarray(0, cut))).toEqual({ kind: 'incomplete' });
  });

  it('is read the same over any number of records, and with bytes after it', () => {
    for (const { bytes, serverName } of hellos) {
      for (const size of [1, 2, 3, 5, 64, 200]) {
        const records = fragmented(bytes, size);
        expect(peekClientHello(records)).toMatchObject({ kind: 'tls', serverName });
        expect(peekClientHello(records.subarray(0, -1))).toEqual({ kind: 'incomplete' });
      }
      expect(peekClientHello(Buffer.concat([bytes, Buffer.from([0x14, 3, 3, 0, 1, 1])]))).toMatchObject({ kind: 'tls', serverName });
    }
  });

  it('is not changed by being looked at', () => {
    for (const { bytes } of hellos) {
      const before = Buffer.from(bytes);
      peekClientHello(bytes);
      expect(bytes.equals(before)).toBe(true);
    }
  });

  it('never makes the reader throw when any byte of it is changed', () => {
    for (const { bytes } of hellos) {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), (changes) => {
          const broken = Buffer.from(bytes);
          for (const [at, value] of changes) broken[at] = value;
          expect(['tls', 'other', 'incomplete']).toContain(peekClientHello(broken).kind);
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('a made ClientHello', () => {
  const hello = (extensions: Buffer): Buffer => {
    const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
    const body = Buffer.concat([
      Buffer.from([3, 3]),
      Buffer.alloc(32),
      Buffer.from([0]),
      u16(2),
      Buffer.from([0x13, 1]),
      Buffer.from([1, 0]),
      u16(extensions.length),
      extensions,
    ]);
    const message = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
    return Buffer.concat([Buffer.from([0x16, 3, 1]), u16(message.length), message]);
  };
  const extension = (type: number, body: Buffer) => Buffer.concat([Buffer.from([type >> 8, type & 255, body.length >> 8, body.length & 255]), body]);
  const name = (text: string) => {
    const bytes = Buffer.from(text, 'latin1');
    return extension(0, Buffer.concat([Buffer.from([0, bytes.length + 3, 0, 0, bytes.length]), bytes]));
  };

  it('with GREASE extensions is read past them', () => {
    const grease = [0x0a0a, 0x1a1a, 0xfafa].map((type) => extension(type, Buffer.from([0])));
    expect(peekClientHello(hello(Buffer.concat([...grease, name('a.example'), extension(0x2a2a, Buffer.alloc(0))])))).toEqual({
      kind: 'tls',
      serverName: 'a.example',
      alpn: [],
    });
  });

  it.each(['a b.example', 'a\0.example', 'ä.example', 'a/b', ''])('with the impossible name %j names nothing', (text) => {
    expect(peekClientHello(hello(name(text)))).toMatchObject({ kind: 'tls', serverName: undefined });
  });

  it('without extensions at all is TLS without a name', () => {
    const bytes = hello(Buffer.alloc(0));
    expect(peekClientHello(bytes)).toEqual({ kind: 'tls', serverName: undefined, alpn: [] });
  });
});

describe('what is not a ClientHello', () => {
  it.each([
    ['an SSLv2 hello', Buffer.from([0x80, 0x2e, 0x01, 0x03, 0x01, 0x00, 0x15])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a ServerHello', Buffer.from([0x16, 3, 3, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([0x16, 3, 1, 0, 0])],
    ['an alert', Buffer.from([0x15, 3, 3, 0, 2, 2, 40])],
    ['a hello that claims 16 MB', Buffer.from([0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff])],
  ])('is told from one: %s', (_what, bytes) => {
    expect(peekClientHello(bytes)).toEqual({ kind: 'other' });
  });

  it('never makes the reader throw, whatever it is', () => {
    const garbage = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
    const record = fc
      .uint8Array({ maxLength: 600 })
      .map((bytes) => Buffer.concat([Buffer.from([0x16, 3, 1, bytes.length >> 8, bytes.length & 255, 1, 0]), bytes]));
    fc.assert(
      fc.property(fc.oneof(garbage, record), (bytes) => {
        expect(['tls', 'other', 'incomplete']).toContain(peekClientHello(bytes).kind);
      }),
      { numRuns: 2000 },
    );
  });
});

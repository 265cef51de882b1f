import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProxyHop } from '../../../../src/proxy/upstream/proxy-hops.ts';
import { askForTunnel } from '../../../../src/proxy/upstream/proxy-handshake.ts';

const hop: ProxyHop = { kind: 'proxy', secure: false, host: 'proxy.corp', port: 8080, user: undefined, password: undefined };

/** A connection to a proxy that does as told once it has the whole question. */
async function proxyThat(behave: (socket: Socket, question: string) => void): Promise<Socket> {
  const server = createServer((socket) => {
    let seen = '';
    socket.on('error', () => undefined);
    socket.on('data', (piece: Buffer) => {
      seen += piece.toString('latin1');
      if (seen.endsWith('\r\n\r\n')) behave(socket, seen);
    });
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  return socket;
}

const ask = (socket: Socket, authorization?: string) => askForTunnel(socket, hop, { authority: 'api.openai.com:443', authorization, timeoutMs: 500 });

describe('the question for a tunnel', () => {
  it('is a CONNECT with the login, and nothing of the client', async () => {
    let question = '';
    const socket = await proxyThat((peer, text) => {
      question = text;
      peer.write('HTTP/1.1 200 OK\r\n\r\n');
    });
    await ask(socket, 'Basic eDp5');
    expect(question).toBe(
      'CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\nUser-Agent: Heimdall\r\nProxy-Connection: Keep-Alive\r\nProxy-Authorization: Basic eDp5\r\n\r\n',
    );
  });

  it.each([0, 1, 9, 20, 38, 39])('is answered whole when the answer comes in two pieces, cut at %i, and loses no byte of the tunnel', async (cut) => {
    const answer = 'HTTP/1.0 200 Connection established\r\n\r\nfirst bytes';
    const socket = await proxyThat((peer) => {
      if (cut > 0) peer.write(answer.slice(0, cut));
      setTimeout(() => peer.write(answer.slice(cut)), 5);
    });
    expect(await ask(socket)).toEqual({ status: 200, reason: 'Connection established', challenges: [] });
    await new Promise((resolve) => setTimeout(resolve, 10));
    const first = await new Promise((resolve) => {
      socket.once('data', (piece: Buffer) => resolve(piece.toString()));
      socket.resume();
    });
    expect(first).toBe('first bytes');
  });

  it('passes over interim answers', async () => {
    const socket = await proxyThat((peer) => peer.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'));
    expect((await ask(socket)).status).toBe(200);
  });

  it('gives every challenge, in order', async () => {
    const socket = await proxyThat((peer) =>
      peer.write('HTTP/1.1 407 No\r\nproxy-authenticate: Negotiate\r\nX: y\r\nProxy-Authenticate:\tBasic realm="x" \r\n\r\n'),
    );
    expect(await ask(socket)).toEqual({ status: 407, reason: 'No', challenges: ['Negotiate', 'Basic realm="x"'] });
  });

  it.each([
    ['closes', (peer: Socket) => peer.end(), /closed the connection without an answer/],
    ['stops in mid-answer', (peer: Socket) => peer.end('HTTP/1.1 200'), /in the middle of its answer/],
    ['resets', (peer: Socket) => peer.resetAndDestroy(), /broke the connection off \(ECONNRESET\)/],
    ['is silent', () => undefined, /did not answer within 500 ms/],
    ['speaks TLS', (peer: Socket) => peer.write(Buffer.from('1503010002022f', 'hex')), /is it a proxy/],
    ['talks nonsense', (peer: Socket) => peer.write('HTTP/1.1 OK\r\n\r\n'), /status line that cannot be read/],
    ['never ends its head', (peer: Socket) => peer.write(`HTTP/1.1 200 OK\r\n${'a'.repeat(70_000)}`), /no end/],
  ] as const)('fails when the proxy %s, names it, and leaves no socket', async (_what, behave, words) => {
    const socket = await proxyThat((peer) => void behave(peer));
    await expect(ask(socket)).rejects.toMatchObject({ code: 'proxy-unreachable', message: expect.stringMatching(/^The proxy proxy\.corp:8080 /) as string });
    await expect(ask(await proxyThat((peer) => void behave(peer)))).rejects.toThrow(words);
    expect(socket.destroyed).toBe(true);
  });
});

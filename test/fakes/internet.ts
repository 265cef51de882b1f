// An internet of one address for a network namespace: names, a fake provider on TCP 443, an echo on UDP 443. `internet.ts V4 V6 NAME…`; a line on stdin is answered with what was seen.
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { serveNames } from './name-server.ts';
import { startFakeProvider } from './provider.ts';

/** What reached this internet so far. */
export interface Seen {
  /** Names in the TLS hellos that arrived. */
  readonly serverNames: readonly string[];
  readonly requests: readonly { readonly method: string; readonly path: string }[];
  /** Connections to port 443, whatever they spoke. */
  readonly connections: number;
  /** Datagrams to port 443. */
  readonly datagrams: number;
}

const [v4 = '', v6 = '', ...names] = process.argv.slice(2);
const provider = await startFakeProvider({ names });
let connections = 0;
let datagrams = 0;

await serveNames(Object.fromEntries(names.map((name) => [name, { v4, v6 }])), v4);
for (const host of [v4, v6]) {
  const server = createServer((socket) => {
    connections += 1;
    const inner = connect(provider.port, '127.0.0.1');
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(443, host, resolve));
}
const echo = createSocket('udp4');
echo.on('message', (message, from) => {
  datagrams += 1;
  echo.send(message, from.port, from.address);
});
await new Promise<void>((resolve) => echo.bind(443, v4, resolve));

process.stdout.write(`${JSON.stringify({ root: provider.root })}\n`);
const lines = createInterface({ input: process.stdin });
lines.on('line', () => {
  const requests = provider.requests.map(({ method, path }) => ({ method, path }));
  process.stdout.write(`${JSON.stringify({ serverNames: provider.serverNames, requests, connections, datagrams } satisfies Seen)}\n`);
});
// With the test that holds the other end.
lines.on('close', () => process.exit(0));

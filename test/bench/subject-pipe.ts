// The least a CONNECT proxy can do: bytes from one socket to the other.
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { answering, figures } from './answering.ts';
import type { SubjectOptions, SubjectReady } from './protocol.ts';

function pipe(client: Socket, originPort: number): void {
  client.once('data', () => {
    const origin = connect({ port: originPort, host: '127.0.0.1', noDelay: true }, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(origin).pipe(client);
    });
    origin.on('error', () => client.destroy());
    client.on('error', () => origin.destroy());
  });
}

async function start({ originPort, originRoot }: SubjectOptions): Promise<SubjectReady> {
  const server = createServer({ noDelay: true }, (client) => pipe(client, originPort));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, root: originRoot };
}

answering((question: SubjectOptions | 'figures') => (question === 'figures' ? Promise.resolve(figures()) : start(question)));

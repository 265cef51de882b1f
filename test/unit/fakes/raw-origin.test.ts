import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { onWholeRequest, startRawOrigin } from '../../fakes/raw-origin.ts';

test('exact bytes go both ways, pipelined requests included', async () => {
  const origin = await startRawOrigin(onWholeRequest((index) => `HTTP/1.1 200 Fine\r\nX-Odd:  ${index}\r\nContent-Length: 0\r\n\r\n`));
  onTestFinished(() => origin.close());
  const socket = connect({ port: origin.port, host: '127.0.0.1', ca: origin.root });
  onTestFinished(() => void socket.destroy());
  const first = 'POST /a HTTP/1.1\r\nhOsT: x\r\nContent-Length: 3\r\n\r\nabc';
  const second = 'POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\n\r\n';
  socket.write(first + second);
  let received = '';
  await new Promise<void>((resolve) =>
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
      if (received.split('Content-Length').length === 3) resolve();
    }),
  );
  expect(received).toBe('HTTP/1.1 200 Fine\r\nX-Odd:  0\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 Fine\r\nX-Odd:  1\r\nContent-Length: 0\r\n\r\n');
  expect(origin.connections[0]?.received.toString()).toBe(first + second);
});

test('nothing is answered before a request is whole', async () => {
  const origin = await startRawOrigin(onWholeRequest('HTTP/1.1 204 No Content\r\n\r\n'));
  onTestFinished(() => origin.close());
  const socket = connect({ port: origin.port, host: '127.0.0.1', ca: origin.root });
  onTestFinished(() => void socket.destroy());
  const answered: string[] = [];
  socket.on('data', (chunk: Buffer) => answered.push(chunk.toString()));
  socket.write('POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na');
  await expect.poll(() => origin.connections[0]?.received.toString().endsWith('a')).toBe(true);
  expect(answered).toEqual([]);
  socket.write('b');
  await expect.poll(() => answered.join('')).toBe('HTTP/1.1 204 No Content\r\n\r\n');
});

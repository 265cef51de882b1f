// The origin of the bench: a plain Node HTTPS server with keep-alive, the measure of what TLS and HTTP alone cost.
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createAuthority } from '../fakes/certificates.ts';
import { answering, figures } from './answering.ts';
import { benchHost } from './protocol.ts';
import type { SubjectReady } from './protocol.ts';
import { answerBody, eventEveryMs, eventText, eventsPerStream, lastEvents } from './workload.ts';

async function stream(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  for (let index = 0; index < eventsPerStream; index += 1) {
    response.write(eventText(process.hrtime.bigint()));
    await pause(eventEveryMs);
  }
  response.end(lastEvents);
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (Buffer.concat(chunks).includes('"stream":true')) void stream(response);
    else response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answerBody.length }).end(answerBody);
  });
}

async function start(): Promise<SubjectReady> {
  const authority = createAuthority('Bench Root');
  const server = createServer({ ...authority.issue({ names: [benchHost, '127.0.0.1'] }), keepAliveTimeout: 60_000 }, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, root: authority.root };
}

answering((question: 'start' | 'figures') => (question === 'start' ? start() : Promise.resolve(figures())));

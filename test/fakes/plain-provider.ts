// A provider over plain HTTP, as a model on the machine next door: answers every dialect by the simulator, or as it is told.
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { simulate } from '../../src/simulator/simulate.ts';
import { dialectOfPath } from './inference-path.ts';
import { headOf } from './provider.ts';
import { recordRequest } from './recorded-request.ts';
import type { RecordedRequest } from './recorded-request.ts';

export interface PlainProvider {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
}

/** True: the call was answered, or is left hanging; false: the simulator answers it. */
type Behave = (request: RecordedRequest, response: ServerResponse, index: number) => boolean | Promise<boolean>;

/** Closed when the test ends. */
export async function startPlainProvider(behave: Behave = () => false): Promise<PlainProvider> {
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    const { recorded, received } = recordRequest(request, response);
    void received.then(async (body) => {
      const index = requests.push(recorded) - 1;
      if (await behave(recorded, response, index)) return;
      const dialect = dialectOfPath(recorded.method, recorded.path);
      if (dialect === undefined) {
        response.writeHead(404).end();
        return;
      }
      const { status, headers, chunks } = simulate(dialect, headOf(recorded), body);
      response.writeHead(status, [...headers]);
      for (const chunk of chunks) response.write(chunk);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export function answerJson(response: ServerResponse, status: number, document: unknown, headers: Readonly<Record<string, string>> = {}): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(document));
  return true;
}

// Fetches the text of a PAC file from http, https or a file: straight, within a time and a size.
import { open } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { fileURLToPath } from 'node:url';
import type { SecureContext } from 'node:tls';

export interface PacFetchOptions {
  readonly timeoutMs: number;
  /** The roots for https. */
  readonly secureContext?: SecureContext | undefined;
}

const maxBytes = 1_048_576;
const maxRedirects = 3;

/** Rejects with an Error whose message completes the sentence "It cannot be used: …". */
export async function fetchPac(address: string, options: PacFetchOptions): Promise<string> {
  const url = URL.parse(address);
  if (url === null) throw new Error('its address is not a URL');
  const bytes = url.protocol === 'file:' ? await readLocal(url) : await readRemote(url, options, AbortSignal.timeout(options.timeoutMs), maxRedirects);
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

async function readLocal(url: URL): Promise<Buffer> {
  const file = await open(fileURLToPath(url), 'r');
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${url.href} is not a file`);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(maxBytes + 1) });
    if (bytesRead > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function readRemote(url: URL, options: PacFetchOptions, signal: AbortSignal, redirectsLeft: number): Promise<Buffer> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`its address begins with ${url.protocol}, not with http:, https: or file:`);
  const answer = await request(url, options, signal);
  const status = answer.statusCode ?? 0;
  const { location } = answer.headers;
  if (status >= 300 && status < 400 && location !== undefined) {
    answer.destroy();
    const next = URL.parse(location, url);
    if (next === null || redirectsLeft === 0) throw new Error('it is redirected without an end');
    return readRemote(next, options, signal, redirectsLeft - 1);
  }
  if (status !== 200) {
    answer.destroy();
    throw new Error(`${url.host} answers ${status}`);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function request(url: URL, { timeoutMs, secureContext }: PacFetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/x-ns-proxy-autoconfig, */*', 'user-agent': 'Heimdall' };
    // No agent: one connection for this alone, and never by a proxy of the environment.
    const outgoing =
      url.protocol === 'https:'
        ? httpsGet(url, { agent: false, headers, signal, ...(secureContext ? { secureContext } : {}) }, resolve)
        : httpGet(url, { agent: false, headers, signal }, resolve);
    outgoing.on('error', (error) => reject(signal.aborted ? new Error(`${url.host} did not answer within ${timeoutMs} ms`) : error));
  });
}

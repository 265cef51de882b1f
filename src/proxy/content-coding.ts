// Takes content codings off copies of bodies and, for a redacted request, puts the same coding back on.
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import type { Transform } from 'node:stream';
import { AgentError, messageOf } from '../contract/errors.ts';

interface Coding {
  decode(body: Buffer, limit: number): Buffer;
  encode(body: Buffer): Buffer;
  stream(): Transform;
}

const gzip: Coding = {
  decode: (body, limit) => gunzipSync(body, { maxOutputLength: limit }),
  encode: (body) => gzipSync(body),
  stream: () => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
};

const codings = new Map<string, Coding>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  [
    'deflate',
    {
      decode: (body, limit) => inflateSync(body, { maxOutputLength: limit }),
      encode: (body) => deflateSync(body),
      stream: () => createInflate({ finishFlush: constants.Z_SYNC_FLUSH }),
    },
  ],
  [
    'br',
    {
      decode: (body, limit) => brotliDecompressSync(body, { maxOutputLength: limit }),
      encode: (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
      stream: () => createBrotliDecompress(),
    },
  ],
  [
    'zstd',
    {
      decode: (body, limit) => zstdDecompressSync(body, { maxOutputLength: limit }),
      encode: (body) => zstdCompressSync(body),
      stream: () => createZstdDecompress(),
    },
  ],
]);

const maxLayers = 4;

/** The codings of a Content-Encoding header, innermost first; `identity` left out. Undefined when one of them is unknown. */
function codingsOf(header: string | undefined): Coding[] | undefined {
  const found: Coding[] = [];
  for (const name of (header ?? '').toLowerCase().split(',')) {
    const trimmed = name.trim();
    if (trimmed === '' || trimmed === 'identity') continue;
    const coding = codings.get(trimmed);
    if (!coding) return undefined;
    found.push(coding);
    // Honest senders use one; every layer costs memory, and a header holds thousands of them.
    if (found.length > maxLayers) return undefined;
  }
  return found;
}

/** @throws AgentError body-unreadable (unknown coding, broken data) or body-too-large (`limit` bytes, before or after decoding) */
export function decodeBody(body: Buffer, contentEncoding: string | undefined, limit: number): Buffer {
  if (contentEncoding === undefined) return body;
  const list = codingsOf(contentEncoding);
  if (!list) throw new AgentError('body-unreadable', `The body uses the content coding "${contentEncoding}", which Heimdall cannot decode.`);
  let decoded = body;
  try {
    for (const coding of list.reverse()) decoded = coding.decode(decoded, limit);
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new AgentError(isTooLarge ? 'body-too-large' : 'body-unreadable', `The body could not be decoded from ${contentEncoding} (${messageOf(error)}).`, {
      cause: error,
    });
  }
  return decoded;
}

/** Puts the codings back on. The header has been understood by decodeBody before. */
export function encodeBody(body: Buffer, contentEncoding: string | undefined): Buffer {
  return (codingsOf(contentEncoding) ?? []).reduce((encoded, coding) => coding.encode(encoded), body);
}

/** Streaming decoders in the order to apply them; empty when nothing is to be decoded, undefined when a coding is unknown. */
export function streamDecoders(contentEncoding: string | undefined): Transform[] | undefined {
  return codingsOf(contentEncoding)
    ?.reverse()
    .map((coding) => coding.stream());
}

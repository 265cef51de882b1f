// The built-in model: answers any inference request in its own dialect, the same bytes for the same request, without a network.
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { DialectId, RequestHead } from '../contract/exchange.ts';
import type { SimulatedAnswer } from './answer.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { gemini } from './gemini.ts';
import { nestsDeeperThan, parseObject } from './json-value.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiResponses } from './openai-responses.ts';
import { planAnswer } from './plan.ts';
import type { Voice } from './voice.ts';

export type { SimulatedAnswer } from './answer.ts';

const voices: Readonly<Record<DialectId, Voice>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'openai-embeddings': openaiEmbeddings,
  'anthropic-messages': anthropicMessages,
  gemini,
};

const nestingLimit = 256;

/** Pure and synchronous; never throws. `body` as it came, compressed or not. A request the vendor would refuse gets the vendor's 400. */
export function simulate(dialect: DialectId, head: RequestHead, body: Buffer): SimulatedAnswer {
  const voice = voices[dialect];
  const text = decodedText(head, body);
  if (text === undefined) return voice.refuse(head, 'The request body could not be decoded as its content-encoding says.');
  const request = parseObject(text);
  if (request === undefined) return voice.refuse(head, 'The request body is not a JSON object. Send one JSON document, encoded as UTF-8.');
  if (nestsDeeperThan(request, nestingLimit)) return voice.refuse(head, `The request body nests deeper than ${nestingLimit} levels.`);
  const conversation = voice.read(request, head);
  if (typeof conversation === 'string') return voice.refuse(head, conversation);
  return voice.write(planAnswer(conversation, body), request, head);
}

/** Decoded bodies beyond this many bytes are not read. */
const decodedLimit = 64 * 1024 * 1024;

const decoders: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  identity: (body) => body,
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

function decodedText(head: RequestHead, body: Buffer): string | undefined {
  const place = head.headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-encoding');
  const encoding = place < 0 ? 'identity' : (head.headers[place + 1] ?? '').trim().toLowerCase();
  try {
    return decoders[encoding]?.(body, { maxOutputLength: decodedLimit }).toString('utf8');
  } catch {
    return undefined;
  }
}

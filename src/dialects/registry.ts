// Reads and answers each wire protocol that Heimdall understands; this file finds the dialect by its id.
import type { Dialect } from '../contract/dialect.ts';
import type { DialectId } from '../contract/exchange.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { gemini } from './gemini.ts';
import { openAiChat } from './openai-chat.ts';
import { openAiEmbeddings } from './openai-embeddings.ts';
import { openAiResponses } from './openai-responses.ts';

const dialects: Readonly<Record<DialectId, Dialect>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'openai-embeddings': openAiEmbeddings,
  'anthropic-messages': anthropicMessages,
  gemini,
};

export function dialectOf(id: DialectId): Dialect {
  return dialects[id];
}

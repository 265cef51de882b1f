// The OpenAI embeddings dialect.
import type { Dialect } from '../contract/dialect.ts';
import { AnswerReader } from './answer-reader.ts';
import { openAiEmbeddingsAnswer } from './openai-embeddings-answer.ts';
import { readOpenAiEmbeddingsRequest } from './openai-embeddings-request.ts';
import { openAiError } from './openai-error.ts';
import { nothing, refusalAnswer } from './refusal-answer.ts';

export const openAiEmbeddings: Dialect = {
  id: 'openai-embeddings',
  readRequest: readOpenAiEmbeddingsRequest,
  readResponse: (contentType, status) => new AnswerReader(openAiEmbeddingsAnswer, contentType, status),
  refuse: (refusal) => refusalAnswer(refusal, openAiError(refusal)),
  // Vectors are never streamed.
  refuseMidStream: () => nothing,
};

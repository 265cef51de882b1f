// The OpenAI Responses dialect.
import type { Dialect } from '../contract/dialect.ts';
import { AnswerReader, isEventStream } from './answer-reader.ts';
import { openAiError } from './openai-error.ts';
import { openAiResponsesAnswer } from './openai-responses-answer.ts';
import { readOpenAiResponsesRequest } from './openai-responses-request.ts';
import { endingEvent, nothing, refusalAnswer, vendorCode } from './refusal-answer.ts';

export const openAiResponses: Dialect = {
  id: 'openai-responses',
  readRequest: readOpenAiResponsesRequest,
  readResponse: (contentType, status) => new AnswerReader(openAiResponsesAnswer, contentType, status),
  refuse: (refusal) => refusalAnswer(refusal, openAiError(refusal)),
  // The sequence number is required by the vendor's type; the client only compares it with those it has kept, so zero is safe.
  refuseMidStream: (refusal, contentType) =>
    isEventStream(contentType)
      ? endingEvent('error', { type: 'error', code: vendorCode(refusal), message: refusal.message, param: null, sequence_number: 0 })
      : nothing,
};

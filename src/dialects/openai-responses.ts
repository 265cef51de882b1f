// The OpenAI Responses dialect.
import type { Dialect } from '../contract/dialect.ts';
import { AnswerReader, isEventStream } from './answer-reader.ts';
import { openAiErrorType } from './openai-error-type.ts';
import { openAiResponsesAnswer } from './openai-responses-answer.ts';
import { readOpenAiResponsesRequest } from './openai-responses-request.ts';
import { endingEvent, nothing, refusalAnswer, vendorCode } from './refusal-answer.ts';

export const openAiResponses: Dialect = {
  id: 'openai-responses',
  readRequest: readOpenAiResponsesRequest,
  readResponse: (contentType, status) => new AnswerReader(openAiResponsesAnswer, contentType, status),
  refuse: (refusal) =>
    refusalAnswer(refusal, { error: { message: refusal.message, type: openAiErrorType(refusal.status), param: null, code: vendorCode(refusal) } }),
  // The sequence number is required by the vendor's type; the client only compares it with those it has kept, so zero is safe.
  refuseMidStream: (refusal, contentType) =>
    isEventStream(contentType)
      ? endingEvent('error', { type: 'error', code: vendorCode(refusal), message: refusal.message, param: null, sequence_number: 0 })
      : nothing,
};

// The OpenAI chat completions dialect.
import type { Dialect, Refusal } from '../contract/dialect.ts';
import { AnswerReader, isEventStream } from './answer-reader.ts';
import { openAiChatAnswer } from './openai-chat-answer.ts';
import { readOpenAiChatRequest } from './openai-chat-request.ts';
import { openAiErrorType } from './openai-error-type.ts';
import { endingEvent, nothing, refusalAnswer, vendorCode } from './refusal-answer.ts';

export const openAiChat: Dialect = {
  id: 'openai-chat',
  readRequest: readOpenAiChatRequest,
  readResponse: (contentType, status) => new AnswerReader(openAiChatAnswer, contentType, status),
  refuse: (refusal) => refusalAnswer(refusal, errorDocument(refusal)),
  refuseMidStream: (refusal, contentType) => (isEventStream(contentType) ? endingEvent(undefined, errorDocument(refusal)) : nothing),
};

function errorDocument(refusal: Refusal): unknown {
  return { error: { message: refusal.message, type: openAiErrorType(refusal.status), param: null, code: vendorCode(refusal) } };
}

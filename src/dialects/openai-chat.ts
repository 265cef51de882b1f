// The OpenAI chat completions dialect.
import type { Dialect } from '../contract/dialect.ts';
import { AnswerReader, isEventStream } from './answer-reader.ts';
import { openAiChatAnswer } from './openai-chat-answer.ts';
import { readOpenAiChatRequest } from './openai-chat-request.ts';
import { openAiError } from './openai-error.ts';
import { endingEvent, nothing, refusalAnswer } from './refusal-answer.ts';

export const openAiChat: Dialect = {
  id: 'openai-chat',
  readRequest: readOpenAiChatRequest,
  readResponse: (contentType, status) => new AnswerReader(openAiChatAnswer, contentType, status),
  refuse: (refusal) => refusalAnswer(refusal, openAiError(refusal)),
  refuseMidStream: (refusal, contentType) => (isEventStream(contentType) ? endingEvent(undefined, openAiError(refusal)) : nothing),
};

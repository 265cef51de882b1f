// The Gemini dialect: the Gemini API, Vertex AI and Code Assist.
import type { Dialect, Refusal } from '../contract/dialect.ts';
import { AnswerReader, isEventStream } from './answer-reader.ts';
import { geminiAnswer } from './gemini-answer.ts';
import { readGeminiRequest } from './gemini-request.ts';
import { endingEvent, refusalAnswer, vendorCode } from './refusal-answer.ts';

/** google.rpc.Code names by HTTP status. */
const statuses = new Map([
  [401, 'UNAUTHENTICATED'],
  [402, 'RESOURCE_EXHAUSTED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
  [504, 'DEADLINE_EXCEEDED'],
]);

export const gemini: Dialect = {
  id: 'gemini',
  readRequest: readGeminiRequest,
  readResponse: (contentType, status) => new AnswerReader(geminiAnswer, contentType, status),
  refuse: (refusal) => refusalAnswer(refusal, errorDocument(refusal)),
  // Without alt=sse a stream is one array, and an error is its last element.
  refuseMidStream: (refusal, contentType) =>
    isEventStream(contentType) ? endingEvent(undefined, errorDocument(refusal)) : Buffer.from(`\n,\n${JSON.stringify(errorDocument(refusal))}\n]`, 'utf8'),
};

function errorDocument(refusal: Refusal): unknown {
  const status = statuses.get(refusal.status) ?? (refusal.status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT');
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: vendorCode(refusal), domain: 'heimdall' };
  const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(refusal.retryAfter ?? 0)}s` };
  return { error: { code: refusal.status, message: refusal.message, status, details: refusal.retryAfter === undefined ? [info] : [info, retry] } };
}

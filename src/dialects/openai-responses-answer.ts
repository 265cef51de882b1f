// Reads OpenAI Responses answers, plain and streamed.
import type { Usage } from '../contract/exchange.ts';
import type { AnswerReading, AnswerState } from './answer-reader.ts';
import { eventType } from './event-type.ts';
import { asCount, asObject, asName, isFilled, parseJson } from './json-value.ts';
import type { JsonObject } from './json-value.ts';
import { errorOf, readError } from './provider-error.ts';
import { usageOf } from './token-usage.ts';

const finals = new Set(['response.completed', 'response.failed', 'response.incomplete']);

export const openAiResponsesAnswer: AnswerReading = {
  event(state, name, data) {
    const type = name === '' && data !== undefined ? eventType(data) : name;
    if (type.endsWith('.delta')) state.sawContent = true;
    else if (finals.has(type)) {
      // Even when the event itself is too large to be read, it ends the answer.
      state.complete = true;
      readResponse(state, fieldsOf(data).response);
    } else if (type === 'response.created') readResponse(state, fieldsOf(data).response);
    else if (type === 'error') {
      const fields = fieldsOf(data);
      state.error ??= readError(fields) ?? errorOf({ ...fields, type: fields.code });
    }
  },

  document: readResponse,
};

function fieldsOf(data: Buffer | undefined): JsonObject {
  return (data && asObject(parseJson(data))) ?? {};
}

function readResponse(state: AnswerState, value: unknown): void {
  const response = asObject(value);
  if (response === undefined) return;
  state.model ??= asName(response.model);
  state.error ??= readError(response);
  const usage = asObject(response.usage);
  if (usage !== undefined) state.usage = readUsage(usage);
  state.sawContent ||= isFilled(response.output);
  const status = asName(response.status);
  if (status === undefined || status === 'in_progress' || status === 'queued') return;
  state.stopReason ??= asName(asObject(response.incomplete_details)?.reason) ?? status;
}

function readUsage(usage: JsonObject): Usage {
  const input = asObject(usage.input_tokens_details) ?? {};
  const output = asObject(usage.output_tokens_details) ?? {};
  return usageOf({
    inputTokens: asCount(usage.input_tokens),
    outputTokens: asCount(usage.output_tokens),
    cachedInputTokens: asCount(input.cached_tokens),
    cacheWriteTokens: asCount(input.cache_write_tokens),
    reasoningTokens: asCount(output.reasoning_tokens),
  });
}

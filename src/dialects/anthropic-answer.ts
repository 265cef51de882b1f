// Reads Anthropic Messages answers, plain and streamed.
import type { AnswerReading, AnswerState } from './answer-reader.ts';
import { eventType } from './event-type.ts';
import { asCount, asObject, asName, isFilled, parseJson } from './json-value.ts';
import type { JsonObject } from './json-value.ts';
import { readError } from './provider-error.ts';
import { sumOf, usageOf } from './token-usage.ts';

export const anthropicAnswer: AnswerReading = {
  event(state, name, data) {
    const type = name === '' && data !== undefined ? eventType(data) : name;
    if (type === 'content_block_delta') state.sawContent = true;
    else if (type === 'message_stop') state.complete = true;
    else if (type === 'message_start') readMessage(state, fieldsOf(data).message);
    else if (type === 'message_delta') readDelta(state, fieldsOf(data));
    else if (type === 'error') state.error ??= readError(fieldsOf(data));
  },

  document: readMessage,
};

function fieldsOf(data: Buffer | undefined): JsonObject {
  return (data && asObject(parseJson(data))) ?? {};
}

function readMessage(state: AnswerState, value: unknown): void {
  const message = asObject(value);
  if (message === undefined) return;
  state.model ??= asName(message.model);
  state.stopReason ??= asName(message.stop_reason);
  state.sawContent ||= isFilled(message.content);
  // Token counting answers with the count alone.
  readUsage(state, asObject(message.usage) ?? message);
}

function readDelta(state: AnswerState, event: JsonObject): void {
  state.stopReason ??= asName(asObject(event.delta)?.stop_reason);
  readUsage(state, asObject(event.usage) ?? {});
}

/** Figures in later events are totals that replace earlier ones; those they leave out or null stay. */
function readUsage(state: AnswerState, usage: JsonObject): void {
  const before = state.usage ?? {};
  const cacheRead = asCount(usage.cache_read_input_tokens) ?? before.cachedInputTokens;
  const cacheWrite = asCount(usage.cache_creation_input_tokens) ?? before.cacheWriteTokens;
  // Anthropic counts uncached input alone as input_tokens.
  const freshBefore = before.inputTokens === undefined ? undefined : before.inputTokens - (before.cachedInputTokens ?? 0) - (before.cacheWriteTokens ?? 0);
  const fresh = asCount(usage.input_tokens) ?? freshBefore;
  const merged = usageOf({
    inputTokens: fresh === undefined ? undefined : sumOf(fresh, cacheRead, cacheWrite),
    outputTokens: asCount(usage.output_tokens) ?? before.outputTokens,
    cachedInputTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    reasoningTokens: asCount(asObject(usage.output_tokens_details)?.thinking_tokens) ?? before.reasoningTokens,
  });
  if (Object.keys(merged).length > 0) state.usage = merged;
}

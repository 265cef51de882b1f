// Reads OpenAI chat completion answers, plain and streamed, and those of the many that speak like it.
import type { Usage } from '../contract/exchange.ts';
import type { AnswerReading, AnswerState } from './answer-reader.ts';
import { asCount, asList, asObject, asName, isFilled, parseJson } from './json-value.ts';
import type { JsonObject } from './json-value.ts';
import { readError } from './provider-error.ts';
import { usageOf } from './token-usage.ts';

/**
 * After the first content only events with one of these are parsed. A quote inside JSON text is escaped, so text cannot look like them;
 * the quote in front is left out because the search is faster without it.
 */
const telling = /usage"\s*:\s*\{|finish_reason"\s*:\s*"|error"\s*:/;

export const openAiChatAnswer: AnswerReading = {
  event(state, _name, data) {
    if (data === undefined) return;
    if (data.length < 16 && data.toString('latin1').trim() === '[DONE]') {
      state.complete = true;
      return;
    }
    if (state.sawContent && !telling.test(data.toString('latin1'))) return;
    const chunk = asObject(parseJson(data));
    if (chunk === undefined) return;
    state.error ??= readError(chunk);
    this.document(state, chunk);
  },

  document(state, document) {
    state.model ??= asName(document.model);
    const usage = asObject(document.usage);
    if (usage !== undefined) state.usage = readUsage(usage);
    for (const choice of asList(document.choices)) readChoice(state, asObject(choice) ?? {});
  },
};

function readChoice(state: AnswerState, choice: JsonObject): void {
  state.stopReason ??= asName(choice.finish_reason);
  const generated = asObject(choice.delta) ?? asObject(choice.message) ?? {};
  state.sawContent ||= isFilled(choice.text) || Object.entries(generated).some(([key, value]) => key !== 'role' && isFilled(value));
}

function readUsage(usage: JsonObject): Usage {
  const prompt = asObject(usage.prompt_tokens_details) ?? {};
  const completion = asObject(usage.completion_tokens_details) ?? {};
  return usageOf({
    inputTokens: asCount(usage.prompt_tokens),
    outputTokens: asCount(usage.completion_tokens),
    // DeepSeek and Moonshot report cache hits beside the details.
    cachedInputTokens: asCount(prompt.cached_tokens) ?? asCount(usage.prompt_cache_hit_tokens) ?? asCount(usage.cached_tokens),
    cacheWriteTokens: asCount(prompt.cache_write_tokens),
    reasoningTokens: asCount(completion.reasoning_tokens),
  });
}

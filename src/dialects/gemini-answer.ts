// Reads Gemini answers: plain, as server-sent events, as one streamed array, and wrapped by Code Assist.
import type { Usage } from '../contract/exchange.ts';
import type { AnswerReading, AnswerState } from './answer-reader.ts';
import { asCount, asList, asObject, asName, isFilled, parseJson } from './json-value.ts';
import type { JsonObject } from './json-value.ts';
import { readError } from './provider-error.ts';
import { sumOf, usageOf } from './token-usage.ts';

export const geminiAnswer: AnswerReading = {
  event(state, _name, data) {
    // Gemini's events are few and large, and each may be the last with figures, so each is parsed.
    const document = data && asObject(parseJson(data));
    if (document === undefined) return;
    state.error ??= readError(document);
    this.document(state, document);
    // The stream has no closing mark of its own: the reason to stop is the last thing it says.
    state.complete ||= state.stopReason !== undefined;
  },

  document(state, outer) {
    const document = asObject(outer.response) ?? outer;
    state.model ??= asName(document.modelVersion);
    const usage = asObject(document.usageMetadata);
    if (usage !== undefined) state.usage = readUsage(usage);
    state.stopReason ??= asName(asObject(document.promptFeedback)?.blockReason);
    for (const candidate of asList(document.candidates)) readCandidate(state, asObject(candidate) ?? {});
  },
};

function readCandidate(state: AnswerState, candidate: JsonObject): void {
  state.stopReason ??= asName(candidate.finishReason);
  if (!state.sawContent) state.sawContent = asList(asObject(candidate.content)?.parts).some(hasContent);
}

/** A part may hold nothing but marks about itself. */
function hasContent(part: unknown): boolean {
  return Object.entries(asObject(part) ?? {}).some(([key, value]) => key !== 'thought' && key !== 'thoughtSignature' && isFilled(value));
}

function readUsage(usage: JsonObject): Usage {
  const thoughts = asCount(usage.thoughtsTokenCount);
  return usageOf({
    inputTokens: sumOf(asCount(usage.promptTokenCount), asCount(usage.toolUsePromptTokenCount)),
    outputTokens: sumOf(asCount(usage.candidatesTokenCount), thoughts),
    cachedInputTokens: asCount(usage.cachedContentTokenCount),
    cacheWriteTokens: undefined,
    reasoningTokens: thoughts,
  });
}

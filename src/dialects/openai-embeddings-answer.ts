// Reads OpenAI embedding answers: model and usage; of the vectors only that there are some.
import type { AnswerReading } from './answer-reader.ts';
import { asCount, asName, asObject, isFilled } from './json-value.ts';
import { usageOf } from './token-usage.ts';

export const openAiEmbeddingsAnswer: AnswerReading = {
  dropsLists: true,

  event: () => undefined,

  document(state, document) {
    state.model ??= asName(document.model);
    state.sawContent ||= isFilled(document.data);
    const usage = asObject(document.usage);
    if (usage === undefined) return;
    state.usage = usageOf({
      // Voyage and Jina report the total alone, which is all input here.
      inputTokens: asCount(usage.prompt_tokens) ?? asCount(usage.total_tokens),
      outputTokens: undefined,
      cachedInputTokens: undefined,
      cacheWriteTokens: undefined,
      reasoningTokens: undefined,
    });
  },
};

// The writers' documents are assigned to the official SDKs' own types: a wrong or missing field does not compile.
import type { Message, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages/messages';
import type { GenerateContentResponse } from '@google/genai';
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions/completions';
import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import type { Response, ResponseStreamEvent, ResponseUsage } from 'openai/resources/responses/responses';
import { expect, test } from 'vitest';
import { messageDocument, messageEvents } from '../../../src/simulator/anthropic-messages.ts';
import { contentDocument, contentStream } from '../../../src/simulator/gemini.ts';
import { chatChunks, chatCompletion } from '../../../src/simulator/openai-chat.ts';
import { embeddingList } from '../../../src/simulator/openai-embeddings.ts';
import { responseDocument, responseEvents } from '../../../src/simulator/openai-responses.ts';
import { planAnswer } from '../../../src/simulator/plan.ts';
import type { Plan } from '../../../src/simulator/plan.ts';

/** A type as it stands on the wire: an SDK's enum is its text; what the SDK adds by itself (`output_text`, getters) is left out. */
type Wire<T> = T extends string ? `${T}` : T extends readonly (infer Item)[] ? Wire<Item>[] : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;
type WireResponse = Omit<Response, 'output_text' | 'tools' | 'tool_choice' | 'text' | 'metadata' | 'usage'>;
type WireContent = Wire<Pick<GenerateContentResponse, 'candidates' | 'createTime' | 'modelVersion' | 'responseId' | 'usageMetadata'>>;

const planFor = (userText: string): Plan =>
  planAnswer(
    {
      model: 'm',
      stream: true,
      userText,
      toolResult: undefined,
      tools: [{ name: 't', schema: {} }],
      toolChoice: 'auto',
      maxTokens: undefined,
      answerSchema: undefined,
    },
    Buffer.from('{}'),
  );
const plans = [planFor('hi'), planFor('call tool t')];

test.each(plans)('Anthropic messages have the shape of the SDK ($output.kind)', (plan) => {
  const message: Message = messageDocument(plan);
  const events: RawMessageStreamEvent[] = messageEvents(plan).filter((event) => event.type !== 'ping');
  expect(events[0]).toMatchObject({ type: 'message_start', message: { id: message.id } });
  expect(events.at(-1)).toEqual({ type: 'message_stop' });
});

test.each(plans)('chat completions have the shape of the SDK ($output.kind)', (plan) => {
  const completion: ChatCompletion = chatCompletion(plan);
  const chunks: ChatCompletionChunk[] = chatChunks(plan, true);
  expect(new Set([completion.id, ...chunks.map(({ id }) => id)]).size).toBe(1);
  expect(chunks.at(-1)?.usage).toEqual(completion.usage);
});

test.each(plans)('responses have the shape of the SDK ($output.kind)', (plan) => {
  const response: WireResponse = responseDocument(plan, {});
  const usage: ResponseUsage = responseDocument(plan, {}).usage;
  expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
  type WireEvent = ResponseStreamEvent extends infer Event
    ? Event extends { response: Response }
      ? Omit<Event, 'response'> & { response: WireResponse }
      : Event
    : never;
  const events: WireEvent[] = responseEvents(plan, {});
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { id: response.id } });
});

test.each(plans)('Gemini contents have the shape of the SDK ($output.kind)', (plan) => {
  const document: WireContent = contentDocument(plan);
  const stream: WireContent[] = contentStream(plan);
  expect(stream.at(-1)?.usageMetadata).toEqual(document.usageMetadata);
  expect(stream.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP');
});

test('embeddings have the shape of the SDK', () => {
  const list: CreateEmbeddingResponse = embeddingList(planFor('hi'), { input: ['a', 'b'], dimensions: 3 }, (vector) => [...vector]);
  expect(list.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
    [0, 3],
    [1, 3],
  ]);
});

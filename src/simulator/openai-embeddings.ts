// OpenAI's embeddings: read the request, write one unit vector for each input, the same for the same text.
import { createHash } from 'node:crypto';
import { documentAnswer } from './answer.ts';
import type { SimulatedAnswer } from './answer.ts';
import { numberOf, textOf } from './json-value.ts';
import type { Json, JsonObject } from './json-value.ts';
import { openaiRefusal } from './openai-refusal.ts';
import type { Conversation, Plan } from './plan.ts';
import type { Voice } from './voice.ts';

export const openaiEmbeddings: Voice = { read, refuse: (_head, message) => openaiRefusal(message), write };

const usualDimensions = 256;

/** Numbers in one answer at most: an answer is made whole in memory. */
const mostNumbers = 1 << 20;

function read(request: JsonObject): Conversation | string {
  const model = textOf(request['model']);
  if (model === undefined) return 'You must provide a model parameter.';
  const inputs = inputsOf(request['input']);
  if (inputs.length === 0) return "Missing required parameter: 'input'.";
  const dimensions = dimensionsOf(request);
  if (!Number.isInteger(dimensions) || dimensions < 1) return "Invalid 'dimensions': give a whole number above zero.";
  if (inputs.length * dimensions > mostNumbers) return `Invalid 'input': the simulator gives at most ${mostNumbers} numbers in one answer.`;
  return {
    model,
    stream: false,
    userText: inputs.at(-1) ?? '',
    toolResult: undefined,
    tools: [],
    toolChoice: 'none',
    maxTokens: undefined,
    answerSchema: undefined,
  };
}

/** One text, a list of texts, the tokens of one text, or a list of such: as many texts, each of its own. */
function inputsOf(input: Json | undefined): readonly string[] {
  const text = textOf(input);
  if (text !== undefined) return text === '' ? [] : [text];
  if (!Array.isArray(input) || input.length === 0) return [];
  const items = input as readonly Json[];
  return typeof items[0] === 'number' ? [JSON.stringify(items)] : items.map((item) => textOf(item) ?? JSON.stringify(item));
}

const dimensionsOf = (request: JsonObject): number => numberOf(request['dimensions']) ?? usualDimensions;

function write(plan: Plan, request: JsonObject): SimulatedAnswer {
  const headers = ['x-request-id', `req_${plan.seed.slice(0, 32)}`, 'openai-version', '2020-10-01'];
  const inBase64 = (vector: Float32Array): string => Buffer.from(vector.buffer).toString('base64');
  const inNumbers = (vector: Float32Array): number[] => [...vector];
  return documentAnswer(200, headers, embeddingList<string | number[]>(plan, request, request['encoding_format'] === 'base64' ? inBase64 : inNumbers));
}

/** The `list` document; `encode` writes a vector as the request asks for it. */
export function embeddingList<T>(plan: Plan, request: JsonObject, encode: (vector: Float32Array) => T) {
  const dimensions = dimensionsOf(request);
  const data = inputsOf(request['input']).map((input, index) => ({
    object: 'embedding' as const,
    index,
    embedding: encode(vectorOf(`${plan.model}\0${input}`, dimensions)),
  }));
  const usage = { prompt_tokens: plan.inputTokens, total_tokens: plan.inputTokens };
  return { object: 'list' as const, data, model: plan.model, usage };
}

/** A vector of length one that only the text decides. */
function vectorOf(text: string, dimensions: number): Float32Array<ArrayBuffer> {
  const seed = createHash('sha256').update(text).digest();
  let state = seed.readUInt32LE(0) | 1;
  const raw = Float64Array.from({ length: dimensions }, () => {
    // xorshift32: even enough for numbers that only have to look like some.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  });
  const length = Math.sqrt(raw.reduce((sum, number) => sum + number * number, 0));
  return Float32Array.from(raw, (number) => number / length);
}

// Reads what an answer that is not streamed says, for the checks of a route: its text, and whether it calls tools.
import type { DialectId } from '../contract/exchange.ts';
import { asList, asObject, parseJson } from './json-value.ts';
import type { JsonObject } from './json-value.ts';

export interface AnswerText {
  /** Of all alternatives and parts, joined. */
  readonly text: string;
  readonly hasCalls: boolean;
}

/** `body` is decoded. Undefined where it is not the document of that dialect, or the dialect has no text (embeddings). */
export function answerText(dialect: DialectId, body: Buffer): AnswerText | undefined {
  const document = asObject(parseJson(body));
  if (document === undefined) return undefined;
  switch (dialect) {
    case 'openai-chat':
      return Array.isArray(document.choices) ? ofChoices(asList(document.choices)) : undefined;
    case 'anthropic-messages':
      return Array.isArray(document.content) ? ofParts(asList(document.content)) : undefined;
    case 'gemini':
      return Array.isArray(document.candidates) ? ofParts(asList(document.candidates).flatMap(partsOf)) : undefined;
    case 'openai-responses':
      return Array.isArray(document.output) ? ofParts(asList(document.output).flatMap(itemsOf)) : undefined;
    case 'openai-embeddings':
      return undefined;
  }
}

function ofChoices(choices: readonly unknown[]): AnswerText {
  const messages = choices.map((choice) => asObject(asObject(choice)?.message) ?? {});
  const text = messages.map(({ content, refusal }) => textOf(content) || textOf(refusal)).join('');
  return { text, hasCalls: messages.some(({ tool_calls: calls, function_call: call }) => asList(calls).length > 0 || call !== undefined) };
}

const partsOf = (candidate: unknown): readonly unknown[] => asList(asObject(asObject(candidate)?.content)?.parts);

function itemsOf(item: unknown): readonly unknown[] {
  const object: JsonObject = asObject(item) ?? {};
  return object.type === 'message' ? asList(object.content) : [item];
}

const isCall = (part: JsonObject): boolean =>
  part.type === 'tool_use' || part.type === 'function_call' || part.type === 'custom_tool_call' || part.functionCall !== undefined;

function ofParts(list: readonly unknown[]): AnswerText {
  const parts = list.map((part) => asObject(part) ?? {});
  return { text: parts.map(({ text, refusal }) => textOf(text) || textOf(refusal)).join(''), hasCalls: parts.some(isCall) };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

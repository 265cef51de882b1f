// Decides what the simulator answers, the same for every dialect: a sentence, a JSON document, or one tool call.
import { createHash } from 'node:crypto';
import { parseObject } from './json-value.ts';
import type { Json, JsonObject } from './json-value.ts';
import { sampleOf } from './schema-sample.ts';

/** A function the client offers. */
interface ToolOffer {
  readonly name: string;
  /** JSON schema of its arguments. */
  readonly schema: Json | undefined;
}

/** What a dialect reads from a request, in words that all dialects share. */
export interface Conversation {
  readonly model: string;
  readonly stream: boolean;
  /** Last piece of text the user wrote. */
  readonly userText: string;
  /** Text of the tool result the conversation ends with. */
  readonly toolResult: string | undefined;
  readonly tools: readonly ToolOffer[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly maxTokens: number | undefined;
  /** Schema that the answer must fit; an empty object asks for any JSON. */
  readonly answerSchema: Json | undefined;
}

export interface TextOutput {
  readonly kind: 'text';
  readonly text: string;
  /** The text cut into what one streamed event carries. */
  readonly pieces: readonly string[];
}

export interface ToolOutput {
  readonly kind: 'tool';
  readonly name: string;
  readonly arguments: JsonObject;
  /** The arguments as JSON. */
  readonly text: string;
  readonly pieces: readonly string[];
}

export interface Plan {
  /** 64 hex digits from the request's bytes: every id is cut from it, so the same request gets the same answer. */
  readonly seed: string;
  readonly model: string;
  readonly stream: boolean;
  readonly output: TextOutput | ToolOutput;
  readonly stop: 'end' | 'length' | 'tool';
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Every answer carries this moment (2026-01-01T00:00:00Z, seconds since 1970): a clock would make equal requests answer differently. */
export const simulatedTime = 1_767_225_600;

/** Bytes of the client's text that an answer repeats. */
const echoLimit = 200;
const wordLimit = 20_000;
const bytesPerToken = 4;

const tokensOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / bytesPerToken));

export function planAnswer(conversation: Conversation, body: Buffer): Plan {
  const { model, stream, maxTokens } = conversation;
  const budget = maxTokens === undefined ? Infinity : Math.max(1, maxTokens) * bytesPerToken;
  const base = { seed: createHash('sha256').update(model).update('\0').update(body).digest('hex'), model, stream, inputTokens: tokensOf(body.length) };

  const call = toolCall(conversation);
  // A call that does not fit the limit is not begun: half a JSON document is of no use to anyone.
  if (call !== undefined && call.text.length <= budget) {
    return { ...base, output: call, stop: 'tool', outputTokens: tokensOf(Buffer.byteLength(call.name + call.text)) };
  }
  const whole = replyText(conversation);
  const text = firstBytes(whole, budget);
  return {
    ...base,
    output: { kind: 'text', text, pieces: piecesOf(text) },
    stop: text === whole ? 'end' : 'length',
    outputTokens: tokensOf(Buffer.byteLength(text)),
  };
}

/** The call the user or the client asks for: `call tool NAME`, `call tool NAME with {…}`, or a forced choice. */
function toolCall(conversation: Conversation): ToolOutput | undefined {
  const { tools, toolChoice, toolResult, userText } = conversation;
  if (toolResult !== undefined || toolChoice === 'none') return undefined;
  const asked = /\bcall tool ([\w.:/-]+)/i.exec(userText)?.[1];
  const forced = typeof toolChoice === 'object' ? toolChoice.name : toolChoice === 'required' ? tools[0]?.name : undefined;
  const named = (name: string | undefined): ToolOffer | undefined => tools.find((tool) => tool.name === name);
  const tool = typeof toolChoice === 'object' ? named(forced) : (named(asked) ?? named(forced));
  if (tool === undefined) return undefined;
  const given = tool.name === asked ? /\bcall tool \S+ with (\{[^]*\})/i.exec(userText)?.[1] : undefined;
  const values = parseObject(given ?? '') ?? parseObject(JSON.stringify(sampleOf(tool.schema, 'simulated'))) ?? {};
  const text = JSON.stringify(values);
  return { kind: 'tool', name: tool.name, arguments: values, text, pieces: piecesOf(text) };
}

function replyText(conversation: Conversation): string {
  const { answerSchema, toolResult, userText } = conversation;
  if (answerSchema !== undefined) return JSON.stringify(jsonAnswer(answerSchema, userText));
  if (toolResult !== undefined) return `This is Heimdall's simulator. The tool answered: ${excerpt(toolResult)}`;
  const words = Number(/\bwrite (\d{1,5}) words\b/i.exec(userText)?.[1] ?? 0);
  if (words > 0) return Array.from({ length: Math.min(words, wordLimit) }, (_, index) => `word${index + 1}`).join(' ');
  return `This is Heimdall's simulator. You wrote: ${excerpt(userText)}`;
}

function jsonAnswer(schema: Json, userText: string): Json {
  const free = typeof schema === 'object' && schema !== null && Object.keys(schema).length === 0;
  return free ? { answer: `This is Heimdall's simulator. You wrote: ${excerpt(userText)}` } : sampleOf(schema, 'simulated');
}

function excerpt(text: string): string {
  const trimmed = text.trim();
  const start = firstBytes(trimmed, echoLimit);
  return start.length < trimmed.length ? `${start}…` : trimmed;
}

/** The longest start of `text` within `limit` bytes that splits no character. */
function firstBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

const piecesOf = (text: string): readonly string[] => text.match(/\s*\S{1,24}|\s+$/gu) ?? [];

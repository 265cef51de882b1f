// OpenAI's responses API over HTTP: read the request, write one response or its events.
import { documentAnswer, serverSentEvent, streamAnswer } from './answer.ts';
import type { SimulatedAnswer } from './answer.ts';
import { listOf, numberOf, objectOf, textOf } from './json-value.ts';
import type { Json, JsonObject } from './json-value.ts';
import { openaiRefusal } from './openai-refusal.ts';
import { simulatedTime } from './plan.ts';
import type { Conversation, Plan, TextOutput, ToolOutput } from './plan.ts';
import type { Voice } from './voice.ts';

export const openaiResponses: Voice = { read, refuse: (_head, message) => openaiRefusal(message), write };

function read(request: JsonObject): Conversation | string {
  const model = textOf(request['model']);
  if (model === undefined) return "Missing required parameter: 'model'.";
  const items = listOf(request['input']).map(objectOf);
  const last = items.at(-1);
  const plain = textOf(request['input']);
  if (plain === undefined && last === undefined) return "Missing required parameter: 'input'.";
  return {
    model,
    stream: request['stream'] === true,
    userText: plain ?? textIn(items.findLast((item) => item['role'] === 'user')?.['content']),
    toolResult: last?.['type'] === 'function_call_output' ? textIn(last['output']) : undefined,
    tools: listOf(request['tools']).flatMap(readTool),
    toolChoice: readChoice(request['tool_choice']),
    maxTokens: numberOf(request['max_output_tokens']),
    answerSchema: readSchema(objectOf(objectOf(request['text'])['format'])),
  };
}

/** The text of an item: a string, or the last text part of a list. */
function textIn(content: Json | undefined): string {
  const parts = listOf(content).map(objectOf);
  return textOf(content) ?? textOf(parts.findLast((part) => part['type'] === 'input_text')?.['text']) ?? '';
}

function readTool(tool: Json): Conversation['tools'] {
  const offer = objectOf(tool);
  const name = textOf(offer['name']);
  return offer['type'] !== 'function' || name === undefined ? [] : [{ name, schema: offer['parameters'] }];
}

function readChoice(choice: Json | undefined): Conversation['toolChoice'] {
  if (choice === 'none' || choice === 'required') return choice;
  const name = textOf(objectOf(choice)['name']);
  return name === undefined ? 'auto' : { name };
}

function readSchema(format: JsonObject): Json | undefined {
  if (format['type'] === 'json_object') return {};
  return format['type'] === 'json_schema' ? format['schema'] : undefined;
}

function write(plan: Plan, request: JsonObject): SimulatedAnswer {
  const headers = ['x-request-id', `req_${plan.seed.slice(0, 32)}`, 'openai-version', '2020-10-01'];
  if (!plan.stream) return documentAnswer(200, headers, responseDocument(plan, request));
  const events = responseEvents(plan, request).map((event) => serverSentEvent(event, event.type));
  return streamAnswer('text/event-stream; charset=utf-8', headers, events);
}

/** The `response` document at its end. */
export function responseDocument(plan: Plan, request: JsonObject) {
  const cut = plan.stop === 'length';
  const status = cut ? ('incomplete' as const) : ('completed' as const);
  return {
    ...frame(plan, request),
    status,
    completed_at: cut ? null : simulatedTime,
    incomplete_details: cut ? { reason: 'max_output_tokens' as const } : null,
    output: [plan.output.kind === 'text' ? messageItem(plan, plan.output, status) : callItem(plan, plan.output)],
    usage: {
      input_tokens: plan.inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: plan.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: plan.inputTokens + plan.outputTokens,
    },
  };
}

/** What a response says of itself before anything is generated; the request's own settings are echoed. */
function frame(plan: Plan, request: JsonObject) {
  return {
    id: `resp_${plan.seed.slice(0, 48)}`,
    object: 'response' as const,
    created_at: simulatedTime,
    status: 'in_progress' as const,
    background: false,
    access_programs: null,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: textOf(request['instructions']) ?? null,
    max_output_tokens: numberOf(request['max_output_tokens']) ?? null,
    max_tool_calls: null,
    model: plan.model,
    output: [],
    parallel_tool_calls: request['parallel_tool_calls'] !== false,
    previous_response_id: textOf(request['previous_response_id']) ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default' as const,
    store: request['store'] !== false,
    temperature: numberOf(request['temperature']) ?? 1,
    text: request['text'] ?? { format: { type: 'text' } },
    tool_choice: request['tool_choice'] ?? 'auto',
    tools: request['tools'] ?? [],
    top_p: numberOf(request['top_p']) ?? 1,
    truncation: 'disabled' as const,
    usage: null,
    metadata: request['metadata'] ?? {},
  };
}

const messageId = (plan: Plan): string => `msg_${plan.seed.slice(0, 48)}`;
const callItemId = (plan: Plan): string => `fc_${plan.seed.slice(0, 48)}`;

const textPart = (text: string) => ({ type: 'output_text' as const, annotations: [], logprobs: [], text });

function messageItem(plan: Plan, output: TextOutput, status: 'completed' | 'incomplete') {
  return { id: messageId(plan), type: 'message' as const, status, role: 'assistant' as const, content: [textPart(output.text)] };
}

function callItem(plan: Plan, output: ToolOutput) {
  const call_id = `call_${plan.seed.slice(0, 24)}`;
  return { id: callItemId(plan), type: 'function_call' as const, status: 'completed' as const, arguments: output.text, call_id, name: output.name };
}

/** The events in order, numbered. */
export function responseEvents(plan: Plan, request: JsonObject) {
  const start = frame(plan, request);
  const end = responseDocument(plan, request);
  const last = end.status === 'incomplete' ? { type: 'response.incomplete' as const, response: end } : { type: 'response.completed' as const, response: end };
  return [
    { type: 'response.created' as const, response: start },
    { type: 'response.in_progress' as const, response: start },
    ...(plan.output.kind === 'text' ? messageEvents(plan, plan.output) : callEvents(plan, plan.output)),
    last,
  ].map((event, sequence_number) => ({ ...event, sequence_number }));
}

function messageEvents(plan: Plan, output: TextOutput) {
  const item = messageItem(plan, output, plan.stop === 'length' ? 'incomplete' : 'completed');
  const place = { item_id: item.id, output_index: 0, content_index: 0 };
  return [
    { type: 'response.output_item.added' as const, output_index: 0, item: { ...item, status: 'in_progress' as const, content: [] } },
    { type: 'response.content_part.added' as const, ...place, part: textPart('') },
    ...output.pieces.map((delta) => ({ type: 'response.output_text.delta' as const, ...place, delta, logprobs: [] })),
    { type: 'response.output_text.done' as const, ...place, text: output.text, logprobs: [] },
    { type: 'response.content_part.done' as const, ...place, part: textPart(output.text) },
    { type: 'response.output_item.done' as const, output_index: 0, item },
  ];
}

function callEvents(plan: Plan, output: ToolOutput) {
  const item = callItem(plan, output);
  const place = { item_id: item.id, output_index: 0 };
  return [
    { type: 'response.output_item.added' as const, output_index: 0, item: { ...item, status: 'in_progress' as const, arguments: '' } },
    ...output.pieces.map((delta) => ({ type: 'response.function_call_arguments.delta' as const, ...place, delta })),
    { type: 'response.function_call_arguments.done' as const, ...place, name: item.name, arguments: output.text },
    { type: 'response.output_item.done' as const, output_index: 0, item },
  ];
}

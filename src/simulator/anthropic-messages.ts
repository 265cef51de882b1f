// Anthropic's messages API: read the request, write one message or its events.
import { documentAnswer, serverSentEvent, streamAnswer } from './answer.ts';
import type { SimulatedAnswer } from './answer.ts';
import { listOf, numberOf, objectOf, textOf } from './json-value.ts';
import type { Json, JsonObject } from './json-value.ts';
import type { Conversation, Plan } from './plan.ts';
import type { Voice } from './voice.ts';

export const anthropicMessages: Voice = { read, refuse: (_head, message) => refusal(message), write };

function read(request: JsonObject): Conversation | string {
  const model = textOf(request['model']);
  if (model === undefined) return 'model: Field required';
  const maxTokens = numberOf(request['max_tokens']);
  if (maxTokens === undefined) return 'max_tokens: Field required';
  const messages = listOf(request['messages']).map(objectOf);
  const user = messages.findLast((message) => message['role'] === 'user');
  if (user === undefined) return 'messages: at least one message is required';
  const result = listOf(user['content'])
    .map(objectOf)
    .findLast((block) => block['type'] === 'tool_result');
  return {
    model,
    stream: request['stream'] === true,
    userText: textIn(user['content']),
    toolResult: result === undefined ? undefined : textIn(result['content']),
    tools: listOf(request['tools']).flatMap(readTool),
    toolChoice: readChoice(objectOf(request['tool_choice'])),
    maxTokens,
    answerSchema: readSchema(objectOf(objectOf(request['output_config'])['format'] ?? request['output_format'])),
  };
}

/** The text of a message or a tool result: a string, or the last text block of a list. */
function textIn(content: Json | undefined): string {
  const blocks = listOf(content).map(objectOf);
  return textOf(content) ?? textOf(blocks.findLast((block) => block['type'] === 'text')?.['text']) ?? '';
}

function readTool(tool: Json): Conversation['tools'] {
  const offer = objectOf(tool);
  const name = textOf(offer['name']);
  return name === undefined ? [] : [{ name, schema: offer['input_schema'] }];
}

function readChoice(choice: JsonObject): Conversation['toolChoice'] {
  const name = textOf(choice['name']);
  if (choice['type'] === 'tool' && name !== undefined) return { name };
  if (choice['type'] === 'none') return 'none';
  return choice['type'] === 'any' ? 'required' : 'auto';
}

const readSchema = (format: JsonObject): Json | undefined => (format['type'] === 'json_schema' ? format['schema'] : undefined);

/** HTTP 400, `invalid_request_error`. */
function refusal(message: string): SimulatedAnswer {
  const request_id = 'req_simulator';
  return documentAnswer(400, ['request-id', request_id], { type: 'error', error: { type: 'invalid_request_error', message }, request_id });
}

function write(plan: Plan): SimulatedAnswer {
  const headers = ['request-id', `req_${plan.seed.slice(0, 24)}`];
  if (!plan.stream) return documentAnswer(200, headers, messageDocument(plan));
  return streamAnswer(
    'text/event-stream; charset=utf-8',
    headers,
    messageEvents(plan).map((event) => serverSentEvent(event, event.type)),
  );
}

const stopReasons = { end: 'end_turn', length: 'max_tokens', tool: 'tool_use' } as const;

/** The `message` document at its end. */
export function messageDocument(plan: Plan) {
  return { ...frame(plan), content: [blockOf(plan)], stop_reason: stopReasons[plan.stop], usage: usageOf(plan, plan.outputTokens) };
}

/** What a message says of itself before anything is generated. */
function frame(plan: Plan) {
  return {
    id: `msg_${plan.seed.slice(0, 24)}`,
    type: 'message' as const,
    role: 'assistant' as const,
    model: plan.model,
    content: [],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf(plan, 1),
  };
}

function usageOf(plan: Plan, outputTokens: number) {
  return {
    input_tokens: plan.inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: null,
    server_tool_use: null,
    inference_geo: null,
    service_tier: 'standard' as const,
    speed: null,
  };
}

function blockOf(plan: Plan) {
  const { output } = plan;
  return output.kind === 'text' ? textBlock(output.text) : { ...toolBlock(plan, output.name), input: output.arguments };
}

const textBlock = (text: string) => ({ type: 'text' as const, text, citations: null });

function toolBlock(plan: Plan, name: string) {
  return { type: 'tool_use' as const, id: `toolu_${plan.seed.slice(0, 24)}`, name, input: {}, caller: { type: 'direct' as const } };
}

/** The events in order; one content block. */
export function messageEvents(plan: Plan) {
  const { output } = plan;
  const { cache_creation_input_tokens, cache_read_input_tokens, input_tokens, output_tokens, output_tokens_details, server_tool_use } = usageOf(
    plan,
    plan.outputTokens,
  );
  return [
    { type: 'message_start' as const, message: frame(plan) },
    { type: 'content_block_start' as const, index: 0, content_block: output.kind === 'text' ? textBlock('') : toolBlock(plan, output.name) },
    { type: 'ping' as const },
    ...output.pieces.map((piece) => ({
      type: 'content_block_delta' as const,
      index: 0,
      delta: output.kind === 'text' ? { type: 'text_delta' as const, text: piece } : { type: 'input_json_delta' as const, partial_json: piece },
    })),
    { type: 'content_block_stop' as const, index: 0 },
    {
      type: 'message_delta' as const,
      delta: { stop_reason: stopReasons[plan.stop], stop_sequence: null, stop_details: null, container: null },
      usage: { input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens_details, server_tool_use },
    },
    { type: 'message_stop' as const },
  ];
}

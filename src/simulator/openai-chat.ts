// OpenAI's chat completions: read the request, write one completion or its chunks.
import { documentAnswer, serverSentEvent, streamAnswer } from './answer.ts';
import type { SimulatedAnswer } from './answer.ts';
import { listOf, numberOf, objectOf, textOf } from './json-value.ts';
import type { Json, JsonObject } from './json-value.ts';
import { openaiRefusal } from './openai-refusal.ts';
import { simulatedTime } from './plan.ts';
import type { Conversation, Plan } from './plan.ts';
import type { Voice } from './voice.ts';

export const openaiChat: Voice = { read, refuse: (_head, message) => openaiRefusal(message), write };

function read(request: JsonObject): Conversation | string {
  const model = textOf(request['model']);
  if (model === undefined) return 'You must provide a model parameter.';
  const messages = listOf(request['messages']).map(objectOf);
  const last = messages.at(-1);
  if (last === undefined) return "Missing required parameter: 'messages'.";
  const user = messages.findLast((message) => message['role'] === 'user');
  return {
    model,
    stream: request['stream'] === true,
    userText: textIn(user?.['content']),
    toolResult: last['role'] === 'tool' ? textIn(last['content']) : undefined,
    tools: listOf(request['tools']).flatMap(readTool),
    toolChoice: readChoice(request['tool_choice']),
    maxTokens: numberOf(request['max_completion_tokens']) ?? numberOf(request['max_tokens']),
    answerSchema: readSchema(objectOf(request['response_format'])),
  };
}

/** The text of a message: a string, or the last text part of a list. */
function textIn(content: Json | undefined): string {
  const parts = listOf(content).map(objectOf);
  return textOf(content) ?? textOf(parts.findLast((part) => part['type'] === 'text')?.['text']) ?? '';
}

function readTool(tool: Json): Conversation['tools'] {
  const offer = objectOf(objectOf(tool)['function']);
  const name = textOf(offer['name']);
  return name === undefined ? [] : [{ name, schema: offer['parameters'] }];
}

function readChoice(choice: Json | undefined): Conversation['toolChoice'] {
  if (choice === 'none' || choice === 'required') return choice;
  const name = textOf(objectOf(objectOf(choice)['function'])['name']);
  return name === undefined ? 'auto' : { name };
}

function readSchema(format: JsonObject): Json | undefined {
  if (format['type'] === 'json_object') return {};
  return format['type'] === 'json_schema' ? objectOf(format['json_schema'])['schema'] : undefined;
}

function write(plan: Plan, request: JsonObject): SimulatedAnswer {
  const headers = ['x-request-id', `req_${plan.seed.slice(0, 32)}`, 'openai-version', '2020-10-01'];
  if (!plan.stream) return documentAnswer(200, headers, chatCompletion(plan));
  const withUsage = objectOf(request['stream_options'])['include_usage'] === true;
  const events = chatChunks(plan, withUsage).map((chunk) => serverSentEvent(chunk));
  return streamAnswer('text/event-stream; charset=utf-8', headers, [...events, serverSentEvent('[DONE]')]);
}

const finishReasons = { end: 'stop', length: 'length', tool: 'tool_calls' } as const;

const completionId = (plan: Plan): string => `chatcmpl-${plan.seed.slice(0, 29)}`;
const callId = (plan: Plan): string => `call_${plan.seed.slice(0, 24)}`;

function usageOf(plan: Plan) {
  return {
    prompt_tokens: plan.inputTokens,
    completion_tokens: plan.outputTokens,
    total_tokens: plan.inputTokens + plan.outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  };
}

/** The `chat.completion` document. */
export function chatCompletion(plan: Plan) {
  const { output } = plan;
  const message =
    output.kind === 'text'
      ? { role: 'assistant' as const, content: output.text, refusal: null, annotations: [] }
      : {
          role: 'assistant' as const,
          content: null,
          refusal: null,
          annotations: [],
          tool_calls: [{ id: callId(plan), type: 'function' as const, function: { name: output.name, arguments: output.text } }],
        };
  return {
    id: completionId(plan),
    object: 'chat.completion' as const,
    created: simulatedTime,
    model: plan.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasons[plan.stop] }],
    usage: usageOf(plan),
    service_tier: 'default' as const,
    system_fingerprint: 'fp_simulator',
  };
}

/** The `chat.completion.chunk` documents in order, without the closing `[DONE]`. */
export function chatChunks(plan: Plan, withUsage: boolean) {
  const { output } = plan;
  const base = {
    id: completionId(plan),
    object: 'chat.completion.chunk' as const,
    created: simulatedTime,
    model: plan.model,
    service_tier: 'default' as const,
    system_fingerprint: 'fp_simulator',
  };
  const chunk = (delta: ReturnType<typeof deltasOf>[number] | Record<string, never>, finish: 'stop' | 'length' | 'tool_calls' | null) => ({
    ...base,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(withUsage ? { usage: null } : {}),
  });
  return [
    ...deltasOf(output, callId(plan)).map((delta) => chunk(delta, null)),
    chunk({}, finishReasons[plan.stop]),
    ...(withUsage ? [{ ...base, choices: [], usage: usageOf(plan) }] : []),
  ];
}

function deltasOf(output: Plan['output'], id: string) {
  if (output.kind === 'text') {
    return [{ role: 'assistant' as const, content: '', refusal: null }, ...output.pieces.map((content) => ({ content }))];
  }
  const opening = { index: 0, id, type: 'function' as const, function: { name: output.name, arguments: '' } };
  return [
    { role: 'assistant' as const, content: null, refusal: null, tool_calls: [opening] },
    ...output.pieces.map((piece) => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
  ];
}

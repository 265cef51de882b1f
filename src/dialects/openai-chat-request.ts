// Reads OpenAI chat completion requests, and the older completion requests that stand on the same hosts.
import type { ReadResult } from '../contract/dialect.ts';
import type { RequestHead } from '../contract/exchange.ts';
import { withDeployment } from './azure-deployment.ts';
import { readRequestDocument } from './request-collector.ts';
import { answerFormat, answerLimit, each, free, modelName, opaque, place, roleName, streamFlag, tools, typeName } from './request-place.ts';

const call = { ...each(['id', 'type', 'index', 'name'], opaque), arguments: free('assistant'), input: free('assistant') };

/** Messages and their parts. Unknown keys are text too: a new kind of part must not become a hole. */
const message = place({
  use: 'text',
  keys: {
    role: roleName,
    type: typeName,
    ...each(['id', 'name', 'tool_call_id', 'cache_control', 'detail', 'format', 'file_id', 'encrypted_content', 'signature'], opaque),
    // Links and base64 data.
    ...each(['image_url', 'video_url', 'url', 'input_audio', 'audio', 'file_data', 'data'], opaque),
    ...each(['tool_calls', 'function_call'], place({ use: 'text', role: 'assistant', keys: call })),
  },
});

const user = place({ use: 'text', role: 'user' });
const settings = ['user', 'metadata', 'safety_identifier', 'prompt_cache_key', 'service_tier', 'reasoning_effort', 'reasoning', 'verbosity', 'modalities'];
const switches = ['stop', 'stream_options', 'tool_choice', 'function_call', 'audio', 'logit_bias', 'encoding_format', 'prompt_cache_retention', 'provider'];

const root = place({
  use: 'text',
  keys: {
    model: modelName,
    stream: streamFlag,
    messages: message,
    ...each(['prompt', 'input', 'suffix'], user),
    ...each(['tools', 'functions'], tools),
    response_format: answerFormat,
    ...each(['max_tokens', 'max_completion_tokens'], answerLimit),
    prediction: place({ use: 'text', role: 'assistant', keys: { type: opaque } }),
    ...each([...settings, ...switches], opaque),
  },
  rest: message,
});

export function readOpenAiChatRequest(body: Buffer, head: RequestHead): ReadResult {
  return withDeployment(readRequestDocument(body, root), head.path);
}

// Reads OpenAI Responses requests.
import type { ReadResult } from '../contract/dialect.ts';
import { readRequestDocument } from './request-collector.ts';
import type { TextRole } from '../contract/exchange.ts';
import { answerFormat, answerLimit, each, free, modelName, opaque, place, roleName, streamFlag, tools, typeName } from './request-place.ts';

const byModel = ['function_call', 'custom_tool_call', 'reasoning', 'mcp_call', 'mcp_approval_request', 'program', 'tool_search_call', 'image_generation_call'];
const byModelToo = ['local_shell_call', 'shell_call', 'apply_patch_call', 'web_search_call', 'file_search_call', 'code_interpreter_call', 'computer_call'];
const byTool = ['program_output', 'mcp_list_tools', 'tool_search_output'];

const types: Record<string, TextRole> = {
  ...Object.fromEntries([...byModel, ...byModelToo].map((type) => [type, 'assistant' as const])),
  ...Object.fromEntries(byTool.map((type) => [type, 'tool' as const])),
};

const links = ['url', 'image_url', 'file_url', 'file_data', 'audio', 'input_audio', 'data', 'screenshot'];
const ids = ['id', 'call_id', 'file_id', 'approval_request_id', 'caller', 'server_label', 'namespace', 'name', 'container_id', 'fingerprint'];
const switches = ['status', 'phase', 'detail', 'prompt_cache_breakpoint', 'pending_safety_checks', 'encrypted_content', 'logprobs'];

const itemKeys = {
  role: roleName,
  type: typeName,
  // A generated image is base64; the result of a program is text.
  result: place({ use: 'blob' }),
  ...each([...ids, ...links, ...switches], opaque),
  ...each(['arguments', 'action', 'operation', 'code'], free('assistant')),
};

/** What a tool gave back: a string, or parts as in a message. */
const output = place({ use: 'text', role: 'tool', keys: { type: typeName, ...each([...ids, ...links, ...switches], opaque) } });

/** Input items and their parts. Unknown keys are text too: a new kind of item must not become a hole. */
const item = place({ use: 'text', types, binary: ['image_generation_call'], keys: { ...itemKeys, ...each(['output', 'outputs', 'results'], output), tools } });

const prompt = place({ use: 'text', role: 'user', keys: { id: opaque, version: opaque, variables: place({ use: 'text', role: 'user', keys: itemKeys }) } });
const settings = [
  'metadata',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'previous_response_id',
  'conversation',
];
const options = ['include', 'truncation', 'tool_choice', 'reasoning', 'stream_options', 'context_management', 'moderation'];

const root = place({
  use: 'text',
  keys: {
    model: modelName,
    stream: streamFlag,
    max_output_tokens: answerLimit,
    instructions: place({ use: 'text', role: 'system' }),
    input: item,
    prompt,
    tools,
    text: place({ use: 'text', role: 'system', keys: { format: answerFormat, verbosity: opaque } }),
    ...each([...settings, ...options, 'client_metadata'], opaque),
  },
  rest: item,
});

export function readOpenAiResponsesRequest(body: Buffer): ReadResult {
  return readRequestDocument(body, root);
}

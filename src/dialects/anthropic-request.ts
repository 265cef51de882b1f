// Reads Anthropic Messages requests.
import type { ReadResult } from '../contract/dialect.ts';
import type { TextRole } from '../contract/exchange.ts';
import { readRequestDocument } from './request-collector.ts';
import { answerFormat, answerLimit, each, free, modelName, opaque, place, roleName, streamFlag, tools, typeName } from './request-place.ts';

const results = ['tool_result', 'mcp_tool_result', 'web_search_tool_result', 'web_fetch_tool_result', 'tool_search_tool_result', 'code_execution_tool_result'];
const moreResults = ['bash_code_execution_tool_result', 'text_editor_code_execution_tool_result'];
const types: Record<string, TextRole> = Object.fromEntries([...results, ...moreResults].map((type) => [type, 'tool' as const]));

const ids = ['id', 'tool_use_id', 'file_id', 'name', 'tool_name', 'toolset_name', 'server_name', 'caller', 'cache_control', 'media_type', 'url'];

/** Where a document or an image comes from: `data` is text in a text source and base64 in the others. */
const source = place({
  use: 'text',
  binary: ['base64'],
  keys: { type: typeName, data: place({ use: 'blob' }), ...each(ids, opaque) },
});

const blockKeys = {
  role: roleName,
  type: typeName,
  source,
  input: free('assistant'),
  ...each(ids, opaque),
  ...each(['encrypted_content', 'encrypted_index', 'encrypted_stdout', 'retrieved_at', 'error_code'], opaque),
  // Thinking is signed: a changed byte would make the provider refuse the whole conversation, so it is never offered for edits.
  ...each(['thinking', 'signature', 'data'], opaque),
};

/** Messages and their blocks. Unknown keys are text too: a new kind of block must not become a hole. */
const message = place({ use: 'text', types, keys: blockKeys });

const settings = ['metadata', 'stop_sequences', 'tool_choice', 'thinking', 'service_tier', 'container', 'mcp_servers', 'context_management', 'betas', 'speed'];

const root = place({
  use: 'text',
  keys: {
    model: modelName,
    stream: streamFlag,
    ...each(['max_tokens', 'max_tokens_to_sample'], answerLimit),
    system: place({ use: 'text', role: 'system', types, keys: blockKeys }),
    messages: message,
    tools,
    output_config: place({ use: 'text', role: 'system', keys: { format: answerFormat, effort: opaque } }),
    output_format: answerFormat,
    prompt: place({ use: 'text', role: 'user' }),
    ...each([...settings, 'inference_geo', 'anthropic_version', 'anthropic_beta', 'cache_control'], opaque),
  },
  rest: message,
});

export function readAnthropicRequest(body: Buffer): ReadResult {
  return readRequestDocument(body, root);
}

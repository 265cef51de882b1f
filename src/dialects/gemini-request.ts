// Reads Gemini requests: the Gemini API, Vertex AI, and Code Assist, which wraps the same document.
import type { ReadResult } from '../contract/dialect.ts';
import type { RequestHead } from '../contract/exchange.ts';
import { readRequestDocument } from './request-collector.ts';
import type { AddressFacts } from './request-collector.ts';
import { answerLimit, answerSchema, each, formatName, free, media, modelName, opaque, place, roleName, tools } from './request-place.ts';

const named = each(['id', 'name', 'scheduling', 'willContinue', 'will_continue'], opaque);
const functionCall = place({ use: 'text', role: 'assistant', keys: { ...named, args: free('assistant'), partialArgs: free('assistant') } });
const attachments = ['inlineData', 'inline_data', 'fileData', 'file_data'];
const functionResponse = place({
  use: 'text',
  role: 'tool',
  keys: { ...named, response: free('tool'), ...each(attachments, media) },
});

const aboutMedia = ['videoMetadata', 'video_metadata', 'mediaResolution', 'media_resolution', 'mediaProcessing'];
const signed = ['thoughtSignature', 'thought_signature'];

const contentKeys = {
  role: roleName,
  ...each(attachments, media),
  ...each([...aboutMedia, ...signed, 'id', 'language', 'outcome', 'mimeType', 'mime_type'], opaque),
  ...each(['functionCall', 'function_call', 'toolCall', 'tool_call'], functionCall),
  ...each(['functionResponse', 'function_response', 'toolResponse', 'tool_response'], functionResponse),
  ...each(['executableCode', 'executable_code'], place({ use: 'text', role: 'assistant', keys: each(['id', 'language'], opaque) })),
  ...each(['codeExecutionResult', 'code_execution_result'], place({ use: 'text', role: 'tool', keys: each(['id', 'outcome'], opaque) })),
};

/** Contents and their parts. Unknown keys are text too: a new kind of part must not become a hole. */
const content = place({ use: 'text', keys: contentKeys });
const system = place({ use: 'text', role: 'system', keys: contentKeys });

const generation = place({
  use: 'text',
  role: 'system',
  keys: {
    ...each(['responseSchema', 'response_schema', 'responseJsonSchema', 'response_json_schema'], answerSchema),
    ...each(['responseMimeType', 'response_mime_type'], formatName),
    ...each(['maxOutputTokens', 'max_output_tokens'], answerLimit),
  },
  rest: opaque,
});
const settings = [
  'safetySettings',
  'safety_settings',
  'toolConfig',
  'tool_config',
  'cachedContent',
  'cached_content',
  'labels',
  'taskType',
  'outputDimensionality',
];
const codeAssist = ['project', 'user_prompt_id', 'session_id', 'requestId', 'userAgent', 'requestType', 'enabled_credit_types'];

const root = place({
  use: 'text',
  keys: (self) => ({
    model: modelName,
    contents: content,
    content,
    ...each(['systemInstruction', 'system_instruction'], system),
    tools,
    ...each(['generationConfig', 'generation_config'], generation),
    // Code Assist, token counting and batches wrap whole requests.
    ...each(['request', 'requests', 'generateContentRequest', 'generate_content_request'], self),
    ...each([...settings, ...codeAssist], opaque),
  }),
  rest: content,
});

const address = /\/(?:(tunedModels|endpoints)|models)\/([^/:?]+):(\w+)/;

/** The model and the method stand in the path; `:streamGenerateContent` is the only method that streams. */
function readAddress(path: string): AddressFacts {
  const end = path.indexOf('?');
  const bare = end < 0 ? path : path.slice(0, end);
  const stream = /:stream\w+$/.test(bare);
  const [, family, name] = address.exec(bare) ?? [];
  if (name === undefined) return { stream };
  return { stream, model: family === undefined ? decode(name) : `${family}/${decode(name)}` };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not a valid escape: the text as it stands is the best name there is.
    return text;
  }
}

export function readGeminiRequest(body: Buffer, head: RequestHead): ReadResult {
  const read = readRequestDocument(body, root, readAddress(head.path));
  if (!read.ok || read.facts.model?.startsWith('models/') !== true) return read;
  return { ok: true, facts: { ...read.facts, model: read.facts.model.slice('models/'.length) } };
}

// Google's generateContent and streamGenerateContent, also in the Code Assist envelope (`/v1internal:`).
import type { RequestHead } from '../contract/exchange.ts';
import { documentAnswer, serverSentEvent, streamAnswer } from './answer.ts';
import type { SimulatedAnswer } from './answer.ts';
import { listOf, numberOf, objectOf, textOf } from './json-value.ts';
import type { Json, JsonObject } from './json-value.ts';
import { simulatedTime } from './plan.ts';
import type { Conversation, Plan } from './plan.ts';
import type { Voice } from './voice.ts';

export const gemini: Voice = { read, refuse, write };

interface Door {
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Server-sent events, else one JSON list. */
  readonly events: boolean;
  /** Code Assist: request and answers stand in an envelope. */
  readonly enveloped: boolean;
}

/** What the URL says: the model, the method and the framing. */
function doorOf(path: string): Door {
  const [place = '', query = ''] = path.split('?', 2);
  return {
    model: /\/models\/([^/:]+):/.exec(place)?.[1],
    stream: place.endsWith(':streamGenerateContent'),
    events: new URLSearchParams(query).get('alt') === 'sse',
    enveloped: place.includes('/v1internal:'),
  };
}

function read(request: JsonObject, head: RequestHead): Conversation | string {
  const door = doorOf(head.path);
  const model = door.model ?? textOf(request['model']);
  if (model === undefined) return 'model is not specified';
  const inner = door.enveloped ? objectOf(request['request']) : request;
  const contents = listOf(inner['contents']).map(objectOf);
  const last = contents.at(-1);
  if (last === undefined) return '* GenerateContentRequest.contents: contents is not specified';
  const user = contents.findLast((content) => content['role'] !== 'model');
  const config = objectOf(inner['generationConfig']);
  return {
    model,
    stream: door.stream,
    userText: textOf(partsOf(user).findLast((part) => part['text'] !== undefined)?.['text']) ?? '',
    toolResult: readResult(partsOf(last)),
    tools: listOf(inner['tools']).flatMap((tool) => listOf(objectOf(tool)['functionDeclarations']).flatMap(readTool)),
    toolChoice: readChoice(objectOf(objectOf(inner['toolConfig'])['functionCallingConfig'])),
    maxTokens: numberOf(config['maxOutputTokens']),
    answerSchema: config['responseMimeType'] === 'application/json' ? (config['responseJsonSchema'] ?? config['responseSchema'] ?? {}) : undefined,
  };
}

const partsOf = (content: JsonObject | undefined): readonly JsonObject[] => listOf(content?.['parts']).map(objectOf);

function readResult(parts: readonly JsonObject[]): string | undefined {
  const result = parts.findLast((part) => part['functionResponse'] !== undefined);
  return result === undefined ? undefined : JSON.stringify(objectOf(result['functionResponse'])['response'] ?? {});
}

function readTool(declaration: Json): Conversation['tools'] {
  const offer = objectOf(declaration);
  const name = textOf(offer['name']);
  return name === undefined ? [] : [{ name, schema: offer['parametersJsonSchema'] ?? offer['parameters'] }];
}

function readChoice(config: JsonObject): Conversation['toolChoice'] {
  if (config['mode'] === 'NONE') return 'none';
  if (config['mode'] !== 'ANY') return 'auto';
  const name = textOf(listOf(config['allowedFunctionNames'])[0]);
  return name === undefined ? 'required' : { name };
}

/** HTTP 400, `INVALID_ARGUMENT`; in a list where the answer would have been one. */
function refuse(head: RequestHead, message: string): SimulatedAnswer {
  const door = doorOf(head.path);
  const document = { error: { code: 400, message, status: 'INVALID_ARGUMENT' } };
  return documentAnswer(400, [], door.stream && !door.events ? [document] : document);
}

function write(plan: Plan, _request: JsonObject, head: RequestHead): SimulatedAnswer {
  const door = doorOf(head.path);
  const wrap = (document: unknown) => (door.enveloped ? { response: document, traceId: plan.seed.slice(0, 32) } : document);
  if (!door.stream) return documentAnswer(200, [], wrap(contentDocument(plan)));
  const documents = contentStream(plan).map(wrap);
  if (door.events) {
    // The real service ends its lines with CR LF.
    const events = documents.map((document) => serverSentEvent(document).replaceAll('\n', '\r\n'));
    return streamAnswer('text/event-stream', [], events);
  }
  const last = documents.length - 1;
  const rows = documents.map((document, index) => `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(document)}${index === last ? '\n]' : ''}`);
  return streamAnswer('application/json; charset=UTF-8', [], rows);
}

type Part = { readonly text: string } | { readonly functionCall: { readonly name: string; readonly args: Record<string, unknown> } };

const finishReasons = { end: 'STOP', length: 'MAX_TOKENS', tool: 'STOP' } as const;

/** The whole answer as one `GenerateContentResponse`. */
export function contentDocument(plan: Plan) {
  return contentPiece(plan, [wholePart(plan)], true);
}

/** The answer as a stream of them: figures in each, the finish reason in the last. A function call arrives whole. */
export function contentStream(plan: Plan) {
  const parts: readonly Part[] =
    plan.output.kind === 'text' && plan.output.pieces.length > 0 ? plan.output.pieces.map((text) => ({ text })) : [wholePart(plan)];
  return parts.map((part, index) => contentPiece(plan, [part], index === parts.length - 1));
}

function wholePart({ output }: Plan): Part {
  return output.kind === 'text' ? { text: output.text } : { functionCall: { name: output.name, args: { ...output.arguments } } };
}

function contentPiece(plan: Plan, parts: Part[], last: boolean) {
  const { inputTokens, outputTokens } = plan;
  const counts = last ? { candidatesTokenCount: outputTokens, totalTokenCount: inputTokens + outputTokens } : { totalTokenCount: inputTokens };
  return {
    candidates: [{ content: { parts, role: 'model' }, ...(last ? { finishReason: finishReasons[plan.stop] } : {}), index: 0 }],
    usageMetadata: { promptTokenCount: inputTokens, ...counts, promptTokensDetails: [{ modality: 'TEXT' as const, tokenCount: inputTokens }] },
    modelVersion: plan.model,
    createTime: new Date(simulatedTime * 1000).toISOString(),
    responseId: plan.seed.slice(0, 22),
  };
}

// The paths of the unified API: which call or list of models stands at each, and what a path that is none of them is told.
import { normalisePath } from '../catalog/path.ts';
import type { DialectId } from '../contract/exchange.ts';
import { withQuery } from '../routing/credentials.ts';

export type ModelListShape = 'openai' | 'anthropic' | 'gemini';

/** One vendor's part of the door. */
export interface DoorFamily {
  /** Where it begins: what records name as the pattern. */
  readonly prefix: '/v1' | '/openai' | '/anthropic' | '/genai';
  /** Whose error shape a refusal takes where no call is known. */
  readonly dialect: DialectId;
  /** What is there, for whoever asks for something else. */
  readonly offers: string;
}

export type DoorPlace =
  /** `path` is that of the vendor's own API, without the key. */
  | { readonly kind: 'call'; readonly family: DoorFamily; readonly dialect: DialectId; readonly path: string }
  /** `model` undefined: the whole list. */
  | { readonly kind: 'models'; readonly family: DoorFamily; readonly shape: ModelListShape; readonly model: string | undefined }
  | { readonly kind: 'unsupported'; readonly family: DoorFamily; readonly status: 404 | 405; readonly message: string };

const openAiOffers = 'POST /v1/chat/completions, /v1/responses and /v1/embeddings, and GET /v1/models';

const families: readonly DoorFamily[] = [
  { prefix: '/v1', dialect: 'openai-chat', offers: openAiOffers },
  { prefix: '/openai', dialect: 'openai-chat', offers: `${openAiOffers}, below /openai as well` },
  { prefix: '/anthropic', dialect: 'anthropic-messages', offers: 'POST /anthropic/v1/messages and GET /anthropic/v1/models' },
  {
    prefix: '/genai',
    dialect: 'gemini',
    offers: 'POST /genai/v1beta/models/{model}:generateContent and :streamGenerateContent, and GET /genai/v1beta/models',
  },
];

const calls: ReadonlyMap<string, DialectId> = new Map([
  ['/v1/chat/completions', 'openai-chat'],
  ['/v1/responses', 'openai-responses'],
  ['/v1/embeddings', 'openai-embeddings'],
  ['/anthropic/v1/messages', 'anthropic-messages'],
]);

/** Spellings that some reader takes for another path: what cannot be read in one way only is not read at all. */
const ambiguous = /[\\;#\0-\x20\x7f]|\/\/|\/\.{1,2}(?:\/|$)|%(?![0-9a-f]{2})/i;

/** What no name of a model holds, once it is decoded. */
const notInModels = /[\\?#%\0-\x20\x7f]|(?:^|\/)\.{0,2}(?:\/|$)/;

/** The place of a request at the agent's own port; undefined where it is no path of the door. `path` with its query. */
export function doorPlace(method: string, path: string): DoorPlace | undefined {
  const place = path.split('?', 1)[0] ?? '';
  // By the most lenient reading: another spelling of a path of the door is told so, and is no page either.
  const normal = normalisePath(place);
  const family = families.find(({ prefix }) => normal === prefix || normal.startsWith(`${prefix}/`));
  if (family === undefined) return undefined;
  const nothing = (status: 404 | 405, said: string): DoorPlace => ({ kind: 'unsupported', family, status, message: `${said} There is ${family.offers}.` });
  if (ambiguous.test(place)) return nothing(404, 'The path is spelt in a way that can be read as another.');
  // /openai has what stands at the root, so that a base URL of a gateway fits.
  const route = family.prefix === '/openai' ? place.slice(family.prefix.length) : place;
  const isPost = method === 'POST';
  const isGet = method === 'GET' || method === 'HEAD';
  const called = calls.get(route) ?? (isPost && family.prefix === '/genai' ? 'gemini' : undefined);
  if (called === 'gemini') return geminiCall(family, route, path) ?? nothing(404, 'The unified API has no such method of Gemini.');
  if (called !== undefined) {
    if (!isPost) return nothing(405, 'This call is made with POST.');
    return { kind: 'call', family, dialect: called, path: withQuery(route.replace('/anthropic', ''), path) };
  }
  const list = modelList(family, route);
  if (list !== undefined) return isGet ? list : nothing(405, 'Models are listed with GET.');
  if (route === '/anthropic/v1/messages/count_tokens')
    return nothing(404, 'Heimdall does not count tokens, and does not make a completion of the question, which would be paid for.');
  return nothing(404, 'The unified API has nothing at this path.');
}

/** Models may have slashes (`groq/llama-3.3`) and colons (`llama3:8b`): the method stands behind the last colon. */
const geminiMethod = /^\/genai\/(v1|v1beta)\/models\/(.+):(generateContent|streamGenerateContent)$/;

function geminiCall(family: DoorFamily, route: string, path: string): DoorPlace | undefined {
  const [, version, written, method] = geminiMethod.exec(route) ?? [];
  const model = written === undefined ? undefined : modelName(written);
  if (model === undefined) return undefined;
  return { kind: 'call', family, dialect: 'gemini', path: withQuery(`/${version}/models/${encodeURIComponent(model)}:${method}`, path) };
}

const lists: readonly { readonly prefix: DoorFamily['prefix']; readonly pattern: RegExp; readonly shape: ModelListShape }[] = [
  { prefix: '/v1', pattern: /^\/v1\/models(?:\/(.+))?$/, shape: 'openai' },
  { prefix: '/openai', pattern: /^\/v1\/models(?:\/(.+))?$/, shape: 'openai' },
  { prefix: '/anthropic', pattern: /^\/anthropic\/v1\/models(?:\/(.+))?$/, shape: 'anthropic' },
  { prefix: '/genai', pattern: /^\/genai\/(?:v1|v1beta)\/models(?:\/(.+))?$/, shape: 'gemini' },
];

function modelList(family: DoorFamily, route: string): DoorPlace | undefined {
  const list = lists.find(({ prefix }) => prefix === family.prefix);
  const match = list?.pattern.exec(route);
  if (list === undefined || !match) return undefined;
  const [, written] = match;
  const model = written === undefined ? undefined : modelName(written);
  return written !== undefined && model === undefined ? undefined : { kind: 'models', family, shape: list.shape, model };
}

/** The name that a path holds, decoded once; undefined when it is none. */
function modelName(written: string): string | undefined {
  try {
    const name = decodeURIComponent(written);
    return notInModels.test(name) ? undefined : name;
  } catch {
    // Not UTF-8.
    return undefined;
  }
}

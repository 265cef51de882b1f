// Which dialect a provider's path speaks; written apart from the catalog, so that a mistake there shows.
import type { DialectId } from '../../src/contract/exchange.ts';

/** The dialect of an inference call, undefined for anything else. */
export function dialectOfPath(method: string, path: string): DialectId | undefined {
  const place = path.split('?', 1)[0] ?? '';
  if (method !== 'POST') return undefined;
  if (place.endsWith('/chat/completions')) return 'openai-chat';
  if (place.endsWith('/responses')) return 'openai-responses';
  if (place.endsWith('/embeddings')) return 'openai-embeddings';
  if (place.endsWith('/v1/messages')) return 'anthropic-messages';
  return /:(streamG|g)enerateContent$/.test(place) ? 'gemini' : undefined;
}

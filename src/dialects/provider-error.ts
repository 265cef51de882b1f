// Finds the provider's own error in a document or an event, in any of the shapes that providers use.
import type { ResponseFacts } from '../contract/exchange.ts';
import { asCount, asName, asObject, asText } from './json-value.ts';
import type { JsonObject } from './json-value.ts';

/** Error texts are for a line in the audit, not for storing a page. */
const longest = 500;

/** The error a document carries under `error`, undefined when it carries none. */
export function readError(document: JsonObject): ResponseFacts['error'] {
  const { error } = document;
  const text = asText(error);
  if (text !== undefined) return { type: 'error', message: text.slice(0, longest) };
  const fields = asObject(error);
  return fields && errorOf(fields);
}

/** The error described by these fields: OpenAI and Anthropic name a `type`, Google a `status`, some only a `code`. */
export function errorOf(fields: JsonObject): NonNullable<ResponseFacts['error']> {
  const type = asName(fields.type) ?? asName(fields.status) ?? asName(fields.code) ?? asCount(fields.code)?.toString() ?? 'error';
  return { type, message: (asText(fields.message) ?? '').slice(0, longest) };
}

/** The error of an answer whose status says failure but whose document is in no known shape. */
export function readFailure(document: JsonObject, status: number): NonNullable<ResponseFacts['error']> {
  return errorOf({ type: asText(document.type) ?? `http_${status}`, message: asText(document.message) ?? asText(document.detail) });
}

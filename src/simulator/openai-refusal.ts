// OpenAI's error document, shared by both of its dialects.
import { documentAnswer } from './answer.ts';
import type { SimulatedAnswer } from './answer.ts';

/** HTTP 400, `invalid_request_error`. */
export function openaiRefusal(message: string): SimulatedAnswer {
  return documentAnswer(400, [], { error: { message, type: 'invalid_request_error', param: null, code: null } });
}

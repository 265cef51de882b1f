// Reads OpenAI embedding requests.
import type { ReadResult } from '../contract/dialect.ts';
import type { RequestHead } from '../contract/exchange.ts';
import { withDeployment } from './azure-deployment.ts';
import { readRequestDocument } from './request-collector.ts';
import { each, modelName, opaque, place } from './request-place.ts';

const settings = ['encoding_format', 'user', 'output_dtype', 'output_dimension', 'metadata', 'priority', 'service_tier', 'provider'];

/** `input` is a text, a list of texts, or tokens. Unknown keys are text too: a provider's own kind of input must not become a hole. */
const root = place({ use: 'text', role: 'user', keys: { model: modelName, ...each(settings, opaque) }, rest: place({ use: 'text', role: 'user' }) });

export function readOpenAiEmbeddingsRequest(body: Buffer, head: RequestHead): ReadResult {
  return withDeployment(readRequestDocument(body, root), head.path);
}

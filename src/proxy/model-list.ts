// The models of the unified API, listed or one by one as each vendor lists its own.
import type { RefusalAnswer } from '../contract/dialect.ts';
import type { DialectId } from '../contract/exchange.ts';
import { dialectOf } from '../dialects/registry.ts';
import type { ModelListShape } from './door-paths.ts';

export interface ListedModel {
  /** `provider/model`, or an alias of the settings. */
  readonly id: string;
  readonly provider: string;
}

/** The list, or where `one` is given that model; 404 in the vendor's error shape when there is none of that name. */
export function modelListAnswer(shape: ModelListShape, models: readonly ListedModel[], one: string | undefined): RefusalAnswer {
  const { entry, list, dialect } = shapes[shape];
  if (one === undefined) return document(list(models.map(entry), models));
  const found = models.find(({ id }) => id === one) ?? models.find(({ id, provider }) => id === `${provider}/${one}`);
  if (found !== undefined) return document(entry({ ...found, id: one }));
  const message = `No target of Heimdall serves the model ${one}. A list of models says which there are.`;
  return dialectOf(dialect).refuse({ status: 404, code: 'model-unknown', message });
}

function document(content: object): RefusalAnswer {
  const body = Buffer.from(JSON.stringify(content));
  return {
    status: 200,
    headers: ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length), 'cache-control', 'no-store'],
    body,
  };
}

interface Shape {
  readonly dialect: DialectId;
  readonly entry: (model: ListedModel) => object;
  readonly list: (entries: readonly object[], models: readonly ListedModel[]) => object;
}

// When a model was made is not known; the vendors' own word for that is the beginning of time.
const shapes: Readonly<Record<ModelListShape, Shape>> = {
  openai: {
    dialect: 'openai-chat',
    entry: ({ id, provider }) => ({ id, object: 'model', created: 0, owned_by: provider }),
    list: (data) => ({ object: 'list', data }),
  },
  anthropic: {
    dialect: 'anthropic-messages',
    entry: ({ id }) => ({ type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' }),
    list: (data, models) => ({ data, has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null }),
  },
  gemini: {
    dialect: 'gemini',
    entry: ({ id }) => ({ name: `models/${id}`, version: '', displayName: id, supportedGenerationMethods: ['generateContent', 'streamGenerateContent'] }),
    list: (models) => ({ models }),
  },
};

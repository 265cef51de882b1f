// Makes the same small value from the same JSON schema every time; also reads Gemini's dialect of it (upper-case type names).
import { listOf, numberOf, objectOf, textOf } from './json-value.ts';
import type { Json, JsonObject } from './json-value.ts';

const deepest = 12;
const longest = 64;
/** Values made at most: a schema that refers to itself many times would otherwise grow without end. */
const most = 1000;

interface Sampling {
  readonly root: JsonObject;
  readonly hint: string;
  made: number;
}

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  email: 'simulated@example.com',
  uri: 'https://example.com/simulated',
  url: 'https://example.com/simulated',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A value that fits the common parts of `schema` (not `pattern`); `hint` fills free strings. */
export function sampleOf(schema: Json | undefined, hint: string): Json {
  const root = objectOf(schema);
  return sample(root, { root, hint, made: 0 }, 0);
}

function sample(schema: JsonObject, sampling: Sampling, depth: number): Json {
  sampling.made += 1;
  if (sampling.made > most) return null;
  if (schema['const'] !== undefined) return schema['const'];
  const first = listOf(schema['enum'])[0];
  if (first !== undefined) return first;
  if (schema['default'] !== undefined) return schema['default'];
  const branch = resolve(schema, sampling.root);
  if (branch !== undefined && depth < deepest) return sample(branch, sampling, depth + 1);
  switch (typeName(schema)) {
    case 'object':
      return sampleObject(schema, sampling, depth);
    case 'array':
      return sampleList(schema, sampling, depth);
    case 'integer':
      return sampleNumber(schema, 1);
    case 'number':
      return sampleNumber(schema, 0);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleText(schema, sampling.hint);
  }
}

/** Follows a reference inside the document, or takes the first of several alternatives. */
function resolve(schema: JsonObject, root: JsonObject): JsonObject | undefined {
  const reference = textOf(schema['$ref']);
  if (reference?.startsWith('#') === true) {
    let place: Json | undefined = root;
    for (const step of reference.split('/').slice(1)) place = objectOf(place)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
    return objectOf(place);
  }
  const alternatives = listOf(schema['anyOf'] ?? schema['oneOf']);
  if (alternatives.length > 0) return objectOf(alternatives[0]);
  const all = listOf(schema['allOf']).map(objectOf);
  return all.length > 0 ? all.reduce(merge, { ...schema, allOf: undefined }) : undefined;
}

function merge(left: JsonObject, right: JsonObject): JsonObject {
  return {
    ...left,
    ...right,
    properties: { ...objectOf(left['properties']), ...objectOf(right['properties']) },
    required: [...listOf(left['required']), ...listOf(right['required'])],
  };
}

function typeName(schema: JsonObject): string {
  const declared = textOf(schema['type']) ?? textOf(listOf(schema['type'])[0]);
  if (declared !== undefined) return declared.toLowerCase();
  return schema['properties'] !== undefined ? 'object' : 'string';
}

/** Required properties where the schema names them, else all: both fit. */
function sampleObject(schema: JsonObject, sampling: Sampling, depth: number): JsonObject {
  if (depth >= deepest) return {};
  const properties = objectOf(schema['properties']);
  const required = listOf(schema['required']).flatMap((name) => textOf(name) ?? []);
  const names = schema['required'] === undefined ? Object.keys(properties) : required;
  return Object.fromEntries(names.map((name) => [name, sample(objectOf(properties[name]), sampling, depth + 1)]));
}

function sampleList(schema: JsonObject, sampling: Sampling, depth: number): Json {
  const count = Math.min(Number(schema['minItems'] ?? 1), longest);
  if (depth >= deepest || !(count > 0)) return [];
  return Array.from({ length: count }, () => sample(objectOf(schema['items']), sampling, depth + 1));
}

function sampleNumber(schema: JsonObject, step: number): number {
  const above = numberOf(schema['exclusiveMinimum']);
  const least = numberOf(schema['minimum']) ?? (above === undefined ? undefined : above + (step || 0.5));
  const ceiling = numberOf(schema['maximum']);
  const value = least ?? (ceiling !== undefined && ceiling < 1 ? ceiling : 1);
  const multiple = numberOf(schema['multipleOf']);
  return multiple !== undefined && multiple > 0 ? Math.ceil(value / multiple) * multiple : step === 1 ? Math.ceil(value) : value;
}

function sampleText(schema: JsonObject, hint: string): string {
  const byFormat = formats[textOf(schema['format']) ?? ''];
  if (byFormat !== undefined) return byFormat;
  const least = Math.min(numberOf(schema['minLength']) ?? 0, longest);
  return hint.padEnd(least, '.').slice(0, numberOf(schema['maxLength']) ?? longest);
}

// The places of a request document: which strings are text for the model, whose text it is, and which must never be touched.
import type { TextRole } from '../contract/exchange.ts';
import { KeyTable } from './key-table.ts';
import type { Place } from './json-scan.ts';

/**
 * What a string at a place is: `text` for the model; `blob` is text unless the object's type says it is binary;
 * `model`, `stream`, `limit` and `tool` are facts; `role` and `type` say something of the object they stand in;
 * `media` is an attachment. `format` names how the answer has to look, `formats` is the object around it, and `schema` one that only JSON answers have.
 */
export type StringUse = 'nothing' | 'text' | 'blob' | 'model' | 'stream' | 'limit' | 'tool' | 'role' | 'type' | 'media' | 'format' | 'formats' | 'schema';

type Places = Readonly<Record<string, RequestPlace>>;

interface PlaceSpec {
  readonly use?: StringUse;
  readonly role?: TextRole | undefined;
  readonly types?: Readonly<Record<string, TextRole>>;
  readonly binary?: readonly string[];
  readonly keys?: Places | ((self: RequestPlace) => Places);
  /** Without it, unknown keys lead to the same place again, at any depth. */
  readonly rest?: RequestPlace;
  /** Without it, items of an array stand at the array's own place. */
  readonly items?: RequestPlace;
  readonly keysReported?: boolean;
}

export class RequestPlace implements Place<RequestPlace> {
  readonly use: StringUse;
  /** Whose text stands here; undefined: the role of the nearest object around it that has one. */
  readonly role: TextRole | undefined;
  /** Roles that an object's `type` gives to the text in it. */
  readonly types: KeyTable<TextRole> | undefined;
  /** Values of `type` under which an object's blob is binary. */
  readonly binary: KeyTable<true> | undefined;
  readonly reported: boolean;
  readonly keysReported: boolean;
  readonly keys: KeyTable<RequestPlace> | undefined;
  readonly rest: RequestPlace;
  readonly items: RequestPlace;

  constructor(spec: PlaceSpec) {
    this.use = spec.use ?? 'nothing';
    this.role = spec.role;
    this.types = spec.types && new KeyTable(spec.types);
    this.binary = spec.binary && new KeyTable(Object.fromEntries(spec.binary.map((type) => [type, true])));
    this.reported = this.use !== 'nothing';
    this.keysReported = spec.keysReported ?? false;
    this.rest = spec.rest ?? this;
    this.items = spec.items ?? this;
    this.keys = spec.keys && new KeyTable(typeof spec.keys === 'function' ? spec.keys(this) : spec.keys);
  }
}

export function place(spec: PlaceSpec): RequestPlace {
  return new RequestPlace(spec);
}

/** The same place for each of these keys. */
export function each(names: readonly string[], value: RequestPlace): Record<string, RequestPlace> {
  return Object.fromEntries(names.map((name) => [name, value]));
}

/** Ids, switches, links and binary data: checked, never reported. */
export const opaque = place({});

/** A single value that says something; a list or an object in its stead says nothing. */
function mark(use: StringUse): RequestPlace {
  return place({ use, rest: opaque, items: opaque });
}

export const modelName = mark('model');
export const streamFlag = mark('stream');
/** The longest answer wanted. */
export const answerLimit = mark('limit');
/** Images, audio and files where the key tells; elsewhere the object's type does. */
export const media = mark('media');
/** `json_object`, `application/json` … */
export const formatName = mark('format');
export const roleName = mark('role');
export const typeName = mark('type');

/** Data of the caller's own making (tool arguments, tool results): every string in it is text, keys too. */
export function free(role: TextRole): RequestPlace {
  return place({ use: 'text', role, keysReported: true });
}

const schemaKeys = (self: RequestPlace): Places => ({
  ...each(['type', 'required', '$schema', '$ref', '$id', 'format', 'pattern', 'propertyOrdering'], opaque),
  ...each(['default', 'enum', 'const', 'example', 'examples'], free('system')),
  // Names of properties are the caller's own: one that is called "type" is still a schema.
  ...each(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'], place({ use: 'text', role: 'system', rest: self })),
});

/** A JSON Schema: descriptions, defaults and enums are read by the model; the schema's own words are not text. */
const schema = place({ use: 'text', role: 'system', keys: schemaKeys });

/** The schema of the answer itself, which nobody gives who does not want JSON. */
export const answerSchema = place({ use: 'schema', role: 'system', keys: schemaKeys(schema), rest: schema, items: schema });

/** How the answer has to look: an object whose `type` names the format, with a schema in it. */
export const answerFormat = place({ use: 'formats', role: 'system', keys: { ...schemaKeys(schema), type: formatName }, rest: schema, items: schema });

/** The list of tools of any dialect: a declaration may stand in it directly, under `function`, or in a list of declarations. */
export const tools = place({
  use: 'text',
  role: 'system',
  keys: {
    name: mark('tool'),
    ...each(['parameters', 'parametersJsonSchema', 'parameters_json_schema', 'response', 'responseJsonSchema', 'input_schema', 'output_schema'], schema),
    input_examples: free('system'),
    ...each(['type', 'id', 'cache_control', 'server_url', 'server_label', 'connector_id', 'authorization', 'headers', 'vector_store_ids', 'container'], opaque),
  },
});

// Careful readings of parsed JSON: whatever the provider sent, a wrong type is undefined, never an error.

export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses bytes; undefined when they are not JSON. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string that is not empty. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A short string, such as a model or a reason: whatever the provider sends, a record stays small. */
export function asName(value: unknown): string | undefined {
  return asText(value)?.slice(0, 200);
}

/** A count: a finite number, zero or more. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Whether a value holds anything: text, items, members, or a number. */
export function isFilled(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' ? value !== null && Object.keys(value).length > 0 : value !== undefined;
}

// Looks into JSON of unknown shape without trusting it: a missing or wrong-typed part reads as empty.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
export const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
export const numberOf = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

/** The object a text holds, or undefined where the text is not JSON or holds something else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** True when lists and objects nest deeper than `limit`; does not recurse, so no input can exhaust the stack. */
export function nestsDeeperThan(root: Json, limit: number): boolean {
  const open: { value: Json; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > limit) return true;
    for (const child of Object.values(next.value) as Json[]) open.push({ value: child, depth: next.depth + 1 });
  }
  return false;
}

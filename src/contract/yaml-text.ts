// The one door to the YAML library: reads YAML 1.2 (and JSON, which it contains) into plain values, and knows where each value stands in the text.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair } from 'yaml';

/** Where something stands in a text: 1-based line and column (UTF-16). */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export type TextPath = readonly (string | number)[];

/** A text that cannot be read. `message` is `FILE:LINE:COL: reason`, the parts stand beside it. */
export class YamlFault extends Error {
  readonly position: TextPosition;
  readonly reason: string;
  constructor(fileName: string, position: TextPosition, reason: string, options?: ErrorOptions) {
    super(`${fileName}:${position.line}:${position.column}: ${reason}`, options);
    this.name = 'YamlFault';
    this.position = position;
    this.reason = reason;
  }
}

export interface YamlText {
  /** Plain objects, arrays and scalars; `null` for an empty text. */
  readonly value: unknown;
  /** Where the value at this path begins; undefined where the text has no such path. `[]` is the document. */
  readonly positionOf: (path: TextPath) => TextPosition | undefined;
  /** Where the key that names the value at this path begins; for a list entry, the entry itself. */
  readonly positionOfKey: (path: TextPath) => TextPosition | undefined;
}

/** More aliases than this in one text are taken for a bomb. */
const maxAliases = 100;
/** More steps than this from the document down to a value are taken for an attack on the stack. */
const maxSteps = 200;

const start: TextPosition = { line: 1, column: 1 };

/**
 * Reads one YAML or JSON document. Anchors work within limits; merge keys, custom tags, several documents and duplicate keys do not.
 * Throws `YamlFault` alone, whatever the text is.
 */
export function parseYaml(text: string, fileName: string): YamlText {
  const lines = new LineCounter();
  const at = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return line < 1 ? start : { line, column: Math.max(col, 1) };
  };
  const fault = (offset: number, reason: string): YamlFault => new YamlFault(fileName, at(offset), reason);

  try {
    // Unique keys are checked below: the library compares every key with every other.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: false, logLevel: 'error' });
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem) throw fault(problem.pos[0], problem.code === 'RESOURCE_EXHAUSTION' ? 'nested too deeply' : problem.message);
    refuseExcess(document, fault);
    const positionAt = (offset: number | undefined) => (offset === undefined ? undefined : at(offset));
    return {
      value: document.toJS({ maxAliasCount: maxAliases }) as unknown,
      positionOf: (path) => positionAt(offsetOf(find(document, path)?.value)),
      positionOfKey: (path) => {
        const found = find(document, path);
        return positionAt(offsetOf(found?.key ?? found?.value));
      },
    };
  } catch (error) {
    if (error instanceof YamlFault) throw error;
    const reason = error instanceof RangeError ? 'nested too deeply' : error instanceof Error ? error.message : String(error);
    throw new YamlFault(fileName, start, reason, { cause: error });
  }
}

/**
 * The text with one value set, or taken out where it is undefined; comments and order stay. JSON stays JSON.
 * Throws `YamlFault` for a text that cannot be read or has no place for the value.
 */
export function withValue(text: string, fileName: string, path: TextPath, value: unknown): string {
  const { value: before } = parseYaml(text, fileName);
  if (fileName.endsWith('.json')) return `${JSON.stringify(setIn(before ?? {}, path, value), null, 2)}\n`;
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true, logLevel: 'error' });
  try {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, value);
    return document.toString();
  } catch (cause) {
    throw new YamlFault(fileName, start, `there is no place for ${path.join('.')}`, { cause });
  }
}

function setIn(tree: unknown, path: TextPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const below = (tree as Record<string, unknown> | undefined) ?? {};
  const inner = setIn(Object.hasOwn(below, step) ? below[step] : undefined, rest, value);
  return Object.fromEntries([...Object.entries(below).filter(([key]) => key !== step), ...(inner === undefined ? [] : [[step, inner]])]);
}

/** Duplicate keys, too many aliases, too deep a nesting. */
function refuseExcess(document: Document, fault: (offset: number, reason: string) => YamlFault): void {
  let aliases = 0;
  visit(document, {
    Node: (_key, node, path) => {
      const offset = offsetOf(node) ?? 0;
      if (path.length > maxSteps) throw fault(offset, 'nested too deeply');
      if (!isAlias(node)) return;
      if (++aliases > maxAliases) throw fault(offset, `more than ${maxAliases} aliases`);
      if (!node.resolve(document)) throw fault(offset, `the alias *${node.source} has no anchor before it`);
    },
    Map: (_key, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) throw fault(offsetOf(key) ?? 0, `the key ${JSON.stringify(name)} stands here a second time`);
        seen.add(name);
      }
    },
  });
}

function find(document: Document, path: TextPath): { key: unknown; value: unknown } | undefined {
  let found: { key: unknown; value: unknown } = { key: undefined, value: document.contents };
  for (const step of path) {
    const inside = isAlias(found.value) ? found.value.resolve(document) : found.value;
    const next = entry(inside, step);
    if (!next) return undefined;
    found = next;
  }
  return found;
}

function entry(node: unknown, step: string | number): { key: unknown; value: unknown } | undefined {
  if (isSeq(node)) {
    const item: unknown = typeof step === 'number' ? node.items[step] : undefined;
    return item === undefined ? undefined : { key: undefined, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item: Pair) => isScalar(item.key) && item.key.value === String(step));
  return pair && { key: pair.key, value: pair.value ?? pair.key };
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

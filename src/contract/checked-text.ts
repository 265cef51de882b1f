// Reads a YAML or JSON text against a schema and says, with line and column, what a person must change.
import { z } from './schema.ts';
import { parseYaml, YamlFault } from './yaml-text.ts';
import type { TextPath, TextPosition, YamlText } from './yaml-text.ts';

/** Largest text that is read, in UTF-16 units. */
const maxTextLength = 1_048_576;

type Issue = z.core.$ZodIssue;

export interface CheckedText<T> {
  readonly value: T;
  /** A fault at the value (or, by choice, at the key) of a path, for checks a schema cannot express. */
  readonly faultAt: (path: TextPath, reason: string, what?: 'value' | 'key') => YamlFault;
}

/**
 * Throws `YamlFault` (`FILE:LINE:COL: reason. hint`) for a text that is empty, too large, not YAML, or not what the schema asks for.
 * Of several faults the first in the text is reported, with the number of the others.
 */
export function readCheckedText<S extends z.ZodType>(schema: S, text: string, fileName: string): CheckedText<z.output<S>> {
  const start: TextPosition = { line: 1, column: 1 };
  if (text.length > maxTextLength) throw new YamlFault(fileName, start, 'the file is larger than 1 MiB. Is it the right file?');
  const yaml = parseYaml(text, fileName);
  if (yaml.value === null) throw new YamlFault(fileName, start, 'the file is empty. Write at least one setting, or remove the file');

  const faultAt: CheckedText<z.output<S>>['faultAt'] = (path, reason, what = 'value') => new YamlFault(fileName, nearest(yaml, path, what), reason);
  const result = schema.safeParse(yaml.value);
  if (result.success) return { value: result.data, faultAt };

  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // A key that is missing is often the one that is misspelt: what stands in the text is reported first.
  const explained = result.error.issues.flatMap((issue) => explain(issue, yaml.value, shape));
  const faults = explained.map(({ path, reason, what, isMissing = false }) => ({ fault: faultAt(path, reason, what), isMissing }));
  faults.sort(
    (a, b) => Number(a.isMissing) - Number(b.isMissing) || a.fault.position.line - b.fault.position.line || a.fault.position.column - b.fault.position.column,
  );
  const [first, ...others] = faults;
  if (!first) throw new YamlFault(fileName, start, 'the file does not fit its schema', { cause: result.error });
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  throw new YamlFault(fileName, first.fault.position, first.fault.reason + more, { cause: result.error });
}

interface Explained {
  readonly path: TextPath;
  readonly reason: string;
  readonly what: 'value' | 'key';
  readonly isMissing?: boolean;
}

function explain(outer: Issue, root: unknown, shape: JsonShape): Explained[] {
  const issue = innermost(outer);
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const known = knownAt(shape, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], reason: `unknown key "${key}"${within(path)}. ${suggest(key, known.keys)}`, what: 'key' }));
  }
  const given = valueAt(root, path);
  const name = path.at(-1);
  if (given === undefined && name !== undefined) {
    const hint =
      known.values.length === 1 ? ` Write "${name}: ${known.values[0] ?? ''}".` : known.values.length > 1 ? ` Use one of: ${known.values.join(', ')}.` : '';
    return [{ path, reason: `"${name}" is missing${within(path.slice(0, -1))}.${hint}`, what: 'key', isMissing: true }];
  }
  const subject = path.length === 0 ? 'the document' : dotted(path);
  if (typeof given === 'string' && known.values.length > 0 && !known.values.includes(given)) {
    return [{ path, reason: `${subject} cannot be ${JSON.stringify(given)}. ${suggest(given, known.values)}`, what: 'value' }];
  }
  return [{ path, reason: `${subject}: ${issue.message.replace(/^Invalid input: /, '')}`, what: 'value' }];
}

/** Of a union's branches, the issue of the one the text came closest to: the deepest, and not a mere mismatch of types. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const candidates = issue.errors.flat().map(innermost);
  const rank = (candidate: Issue): number =>
    candidate.path.length * 4 + (candidate.code === 'unrecognized_keys' ? 5 : candidate.code === 'invalid_type' ? 0 : 2);
  const best = candidates.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  if (best.path.length === 0 && best.code === 'invalid_type') {
    const expected = [...new Set(candidates.map((candidate) => (candidate.code === 'invalid_type' ? candidate.expected : '')))].filter(Boolean);
    return { ...best, path: issue.path, message: `expected ${expected.join(' or ')}` };
  }
  return { ...best, path: [...issue.path, ...best.path] };
}

interface JsonShape {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

/** What the schema knows at a path: the keys of an object there, the fixed values of a scalar there. */
function knownAt(shape: JsonShape, path: TextPath): { keys: string[]; values: string[] } {
  const branches = (node: JsonShape): JsonShape[] => [
    node,
    ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((branch) => branches(branch as JsonShape)),
  ];
  let nodes = branches(shape);
  for (const step of path) {
    const next = nodes.map((node) => (typeof step === 'number' ? node.items : (node.properties?.[step] ?? node.additionalProperties)));
    nodes = next.filter((node) => typeof node === 'object' && node !== null).flatMap((node) => branches(node));
  }
  const fixed = nodes.flatMap((node) => [...(node.enum ?? []), ...(node.const === undefined ? [] : [node.const])]);
  return { keys: unique(nodes.flatMap((node) => Object.keys(node.properties ?? {}))), values: unique(fixed.map(String)) };
}

function suggest(given: string, known: readonly string[]): string {
  const close = known
    .map((candidate) => ({ candidate, distance: editDistance(given.slice(0, 64).toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.min(candidate.length - 1, Math.max(2, Math.floor(candidate.length / 3))))
    .sort((a, b) => a.distance - b.distance)[0];
  if (close) return `Did you mean "${close.candidate}"?`;
  return known.length === 0 ? 'Remove it.' : `Use one of: ${known.join(', ')}.`;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The position of a path, or of the nearest thing above it that stands in the text. */
function nearest(yaml: YamlText, path: TextPath, what: 'value' | 'key'): TextPosition {
  const here = what === 'key' ? yaml.positionOfKey(path) : yaml.positionOf(path);
  if (here) return here;
  return path.length === 0 ? { line: 1, column: 1 } : nearest(yaml, path.slice(0, -1), 'value');
}

function valueAt(root: unknown, path: TextPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined),
    root,
  );
}

const dotted = (path: TextPath): string =>
  path.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : text === '' ? step : `.${step}`), '');
const within = (path: TextPath): string => (path.length === 0 ? '' : ` in ${dotted(path)}`);
const unique = (values: readonly string[]): string[] => [...new Set(values)];

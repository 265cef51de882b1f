// Says what is wrong with a file that does not fit its schema: where, why, and what was probably meant.
import { z } from './schema.ts';
import type { TextPath, YamlText } from './yaml-text.ts';

export interface SchemaFault {
  readonly path: TextPath;
  /** The fault is the key at this path itself, not its value. */
  readonly atKey: boolean;
  readonly reason: string;
}

type Issue = z.core.$ZodIssue;
type Tree = Readonly<Record<string, unknown>>;

/** What keeps `value` from fitting `schema`, in the order of the schema; empty when it fits. Never repeats a value that could be a secret. */
export function schemaFaults(schema: z.ZodType, value: unknown): readonly SchemaFault[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  const tree = z.toJSONSchema(schema, { io: 'input' }) as Tree;
  return parsed.error.issues.flatMap((issue) => faultsOf(issue, [], value, tree));
}

/** `FILE:LINE:COL: reason` for each fault, at the nearest place the text has. */
export function faultLines(faults: readonly SchemaFault[], text: YamlText, fileName: string): string[] {
  return faults.map(({ path, atKey, reason }) => {
    const { line, column } = (atKey ? text.positionOfKey(path) : nearestPosition(text, path)) ?? { line: 1, column: 1 };
    return `${fileName}:${line}:${column}: ${reason}`;
  });
}

/** The candidate within two edits (a third of the word at most) of what was written. */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(written.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, Math.min(2, Math.floor(written.length / 3))) ? best.candidate : undefined;
}

function faultsOf(issue: Issue, prefix: TextPath, root: unknown, tree: Tree): SchemaFault[] {
  const path = [...prefix, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(tree, path);
    return issue.keys.map((key) => ({ path: [...path, key], atKey: true, reason: `${named(path)} has no key ${JSON.stringify(key)}${meant(key, known)}` }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that got furthest is the one that was meant.
    const depth = (branch: readonly Issue[]): number => Math.max(0, ...branch.map((each) => each.path.length));
    const furthest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
    if (depth(furthest) > 0) return furthest.flatMap((each) => faultsOf(each, path, root, tree));
  }
  return [{ path, atKey: false, reason: reasonOf(issue, path, valueAt(root, path)) }];
}

function reasonOf(issue: Issue, path: TextPath, value: unknown): string {
  const name = named(path);
  if (value === undefined) return `${name} is missing`;
  switch (issue.code) {
    case 'invalid_type':
      return `${name} must be ${withArticle(issue.expected)}, not ${kindOf(value)}`;
    case 'invalid_value':
      return oneOf(name, value, issue.values.map(String));
    case 'invalid_union':
      if ('options' in issue && Array.isArray(issue.options)) return oneOf(name, value, issue.options.map(String));
      return `${name} has a form that is not known here`;
    case 'too_small':
      return `${name} must be ${atLeast(issue.origin)} ${issue.minimum}`;
    case 'too_big':
      return `${name} must be at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.format === 'url' ? `${name} must be a URL that begins with http:// or https://` : `${name}: ${issue.message}`;
    case 'unrecognized_keys':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return `${name}: ${issue.message}`;
  }
}

function oneOf(name: string, value: unknown, options: readonly string[]): string {
  const written = typeof value === 'string' && value.length <= 40 ? `, not ${JSON.stringify(value)}${meant(value, options)}` : '';
  return `${name} must be ${options.length > 1 ? `one of ${options.join(', ')}` : String(options[0])}${written}`;
}

function meant(written: string, candidates: readonly string[]): string {
  const guess = nearest(written, candidates);
  return guess === undefined ? '' : `; did you mean ${JSON.stringify(guess)}?`;
}

function atLeast(origin: string): string {
  if (origin === 'string') return 'longer: its least number of characters is';
  return origin === 'array' ? 'longer: its least number of entries is' : 'at least';
}

/** `targets[0].url`; the whole document is `the file`. */
function named(path: TextPath): string {
  if (path.length === 0) return 'the file';
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

const kinds: Readonly<Record<string, string>> = { array: 'a list', object: 'a group of keys', record: 'a group of keys', int: 'a whole number' };

function withArticle(kind: string): string {
  return kinds[kind] ?? `a ${kind}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  return withArticle(Array.isArray(value) ? 'array' : typeof value);
}

function valueAt(root: unknown, path: TextPath): unknown {
  return path.reduce<unknown>((value, step) => (isTree(value) && Object.hasOwn(value, step) ? value[step] : undefined), root);
}

function nearestPosition(text: YamlText, path: TextPath): ReturnType<YamlText['positionOf']> {
  for (let length = path.length; length >= 0; length -= 1) {
    const position = text.positionOf(path.slice(0, length));
    if (position !== undefined) return position;
  }
  return undefined;
}

/** Keys that the JSON Schema knows at this path, all branches of a union together. */
function keysAt(tree: Tree, path: TextPath): string[] {
  let nodes: Tree[] = branches(tree);
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      const properties = node['properties'];
      const next = typeof step === 'number' ? node['items'] : ((isTree(properties) ? properties[step] : undefined) ?? node['additionalProperties']);
      return isTree(next) ? branches(next) : [];
    });
  }
  return nodes.flatMap((node) => (isTree(node['properties']) ? Object.keys(node['properties']) : []));
}

function branches(node: Tree): Tree[] {
  const inner = [node['anyOf'], node['oneOf']].find(Array.isArray);
  return inner === undefined ? [node] : inner.filter(isTree).flatMap(branches);
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null;
}

/** Levenshtein distance, with a swap of neighbours counted as one. */
function editDistance(a: string, b: string): number {
  let [before, previous] = [[] as number[], Array.from({ length: b.length + 1 }, (_unused, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? 0;
}

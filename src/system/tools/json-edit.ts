// Edits one key of a JSON file, with or without comments and trailing commas: every other byte stays as it is.
import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';
import { byteOrderMark, lineEnding } from './settings-format.ts';
import type { SettingPath, SettingsFormat, SettingValue } from './settings-format.ts';

export const jsonFormat: SettingsFormat = {
  name: 'JSON',
  blank: '{\n}\n',
  fault: (text) => {
    if (isBlank(text)) return undefined;
    const { body } = split(text);
    const errors: ParseError[] = [];
    const root = parseTree(body, errors, { allowTrailingComma: true });
    const [first] = errors;
    if (first !== undefined) return `${printParseErrorCode(first.error)} in line ${body.slice(0, first.offset).split('\n').length}`;
    if (root?.type !== 'object') return 'it does not hold an object';
    return repeated(root);
  },
  get: (text, path) => {
    const node = nodeAt(text, path);
    if (node === undefined) return undefined;
    const value: unknown = getNodeValue(node);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
    return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
  },
  has: (text, path) => nodeAt(text, path) !== undefined,
  set: (text, path, value) => {
    const { mark, body } = split(isBlank(text) ? jsonFormat.blank : text);
    const existing = nodeAt(body, path);
    const edited =
      existing === undefined
        ? added(body, path, value)
        : body.slice(0, existing.offset) + JSON.stringify(value) + body.slice(existing.offset + existing.length);
    return mark + edited;
  },
  remove: (text, path) => {
    const { mark, body } = split(text);
    const property = nodeAt(body, path)?.parent;
    return property === undefined || path.length === 0 ? text : mark + removed(body, property);
  },
  prune: (text, path) => {
    const node = nodeAt(text, path);
    if (node?.type !== 'object' || (node.children ?? []).length > 0) return text;
    // A comment that somebody has put in keeps it.
    const { body } = split(text);
    return body.slice(node.offset + 1, node.offset + node.length - 1).trim() === '' ? jsonFormat.remove(text, path) : text;
  },
};

const isBlank = (text: string): boolean => text.replace(byteOrderMark, '').trim() === '';

function split(text: string): { readonly mark: string; readonly body: string } {
  return text.startsWith(byteOrderMark) ? { mark: byteOrderMark, body: text.slice(1) } : { mark: '', body: text };
}

function nodeAt(text: string, path: SettingPath): Node | undefined {
  const root = parseTree(split(text).body, [], { allowTrailingComma: true });
  return root === undefined ? undefined : findNodeAtLocation(root, [...path]);
}

/** Readers differ on which of two equal keys counts, so neither is touched. */
function repeated(node: Node): string | undefined {
  const names = node.type === 'object' ? (node.children ?? []).map((property) => String(property.children?.[0]?.value)) : [];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `it has the key ${JSON.stringify(twice)} twice`;
  for (const child of node.children ?? []) {
    const found = repeated(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Adds the first part of the path that is missing, with all that belongs in it. */
function added(body: string, path: SettingPath, value: SettingValue): string {
  const depth = path.findIndex((_, index) => nodeAt(body, path.slice(0, index + 1)) === undefined);
  const parent = nodeAt(body, path.slice(0, depth));
  const name = path[depth];
  if (parent?.type !== 'object' || name === undefined) throw new Error(`${path.slice(0, depth).join('.')} does not hold an object.`);
  const inner = body.slice(parent.offset + 1, parent.offset + parent.length - 1);
  const own = indentAt(body, parent.offset);
  const unit = unitOf(body);
  const isOpen = inner.includes('\n');
  const newline = lineEnding(body);
  const entry = `${JSON.stringify(name)}: ${written(path.slice(depth + 1), value, isOpen ? { newline, indent: own + unit, unit } : undefined)}`;
  const last = parent.children?.at(-1);
  if (last === undefined) {
    const at = parent.offset + 1;
    return body.slice(0, at) + (isOpen ? newline + own + unit : '') + entry + body.slice(at);
  }
  const lead = isOpen ? newline + indentAt(body, last.offset) : ' ';
  const valueEnd = last.offset + last.length;
  const comma = commaAfter(body, valueEnd);
  if (comma !== undefined) {
    const at = isOpen ? afterComment(body, comma + 1) : comma + 1;
    return `${body.slice(0, at)}${lead}${entry},${body.slice(at)}`;
  }
  const at = isOpen ? afterComment(body, valueEnd) : valueEnd;
  return `${body.slice(0, valueEnd)},${body.slice(valueEnd, at)}${lead}${entry}${body.slice(at)}`;
}

interface Layout {
  readonly newline: string;
  readonly indent: string;
  readonly unit: string;
}

/** The value inside the tables that are still missing around it. */
function written(path: SettingPath, value: SettingValue, layout: Layout | undefined): string {
  const [name, ...rest] = path;
  if (name === undefined) return JSON.stringify(value);
  if (layout === undefined) return `{${JSON.stringify(name)}: ${written(rest, value, undefined)}}`;
  const inner = layout.indent + layout.unit;
  return `{${layout.newline}${inner}${JSON.stringify(name)}: ${written(rest, value, { ...layout, indent: inner })}${layout.newline}${layout.indent}}`;
}

/** The reverse of `added`: the entry, the white space before it, and the comma that was set for it. */
function removed(body: string, property: Node): string {
  const before = body.slice(0, property.offset);
  const start = before.trimEnd().length;
  const end = property.offset + property.length;
  const comma = commaAfter(body, end);
  if (comma !== undefined) return body.slice(0, start) + body.slice(comma + 1);
  const siblings = property.parent?.children ?? [];
  const previous = siblings[siblings.indexOf(property) - 1];
  const theirs = previous === undefined ? undefined : commaAfter(body, previous.offset + previous.length);
  if (theirs === undefined) return body.slice(0, start) + body.slice(end);
  // The comma stands right before our white space where no comment is between.
  return body.slice(0, theirs) + body.slice(theirs + 1, Math.max(start, theirs + 1)) + body.slice(end);
}

const gap = /(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/y;

/** Where the next comma is, if nothing but white space and comments come before it. */
function commaAfter(body: string, offset: number): number | undefined {
  gap.lastIndex = offset;
  const at = offset + (gap.exec(body)?.[0].length ?? 0);
  return body[at] === ',' ? at : undefined;
}

/** Behind a comment that ends its line: it belongs to what stands before it. */
function afterComment(body: string, offset: number): number {
  return offset + (/^[ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/(?=[ \t]*(?:\r?\n|$)))/.exec(body.slice(offset))?.[0].length ?? 0);
}

/** White space at the start of the line that `offset` is in. */
function indentAt(body: string, offset: number): string {
  const line = body.slice(body.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** One step of indentation: that of the first line that is indented. */
const unitOf = (body: string): string => /\n([ \t]+)["}/]/.exec(body)?.[1] ?? '  ';

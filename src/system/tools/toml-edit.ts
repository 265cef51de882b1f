// Edits one key of a TOML file; comments, order and white space stay.
import { messageOf } from '../../contract/errors.ts';
import { endOfLine, withLine, withoutLines } from './line-edit.ts';
import { byteOrderMark } from './settings-format.ts';
import type { SettingPath, SettingsFormat, SettingValue } from './settings-format.ts';
import { samePath, scanToml, textOf } from './toml-scan.ts';
import type { TomlPair, TomlPlaces } from './toml-scan.ts';

export const tomlFormat: SettingsFormat = {
  name: 'TOML',
  blank: '',
  fault: (text) => {
    try {
      scanToml(split(text).body);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  },
  get: (text, path) => {
    const raw = pairAt(scanToml(split(text).body), path)?.raw;
    return raw === undefined ? undefined : valueOf(raw);
  },
  has: (text, path) => {
    const { pairs, headers } = scanToml(split(text).body);
    return [...pairs, ...headers].some((each) => isWithin(each.path, path));
  },
  set: (text, path, value) => {
    const { mark, body } = split(text);
    const places = scanToml(body);
    const existing = pairAt(places, path);
    const raw = written(value);
    return mark + (existing === undefined ? added(body, places, path, raw) : body.slice(0, existing.valueStart) + raw + body.slice(existing.valueEnd));
  },
  remove: (text, path) => {
    const { mark, body } = split(text);
    const places = scanToml(body);
    const pair = pairAt(places, path);
    return pair === undefined
      ? text
      : mark + (pair.inline === undefined ? withoutLines(body, pair.start, endOfLine(body, pair.valueEnd)) : removedInline(body, places, pair));
  },
  prune: (text, path) => {
    const { mark, body } = split(text);
    const { pairs, headers } = scanToml(body);
    const inner = [...pairs, ...headers].filter((each) => each.path.length > path.length && isWithin(each.path, path));
    if (inner.length > 0) return text;
    const pair = pairs.find((each) => samePath(each.path, path));
    if (pair !== undefined) return /^\{\s*\}$/.test(pair.raw) ? tomlFormat.remove(text, path) : text;
    const header = headers.find((each) => !each.isElement && samePath(each.path, path));
    return header === undefined ? text : mark + withoutLines(body, header.start, endOfLine(body, header.start));
  },
};

function split(text: string): { readonly mark: string; readonly body: string } {
  return text.startsWith(byteOrderMark) ? { mark: byteOrderMark, body: text.slice(1) } : { mark: '', body: text };
}

const pairAt = ({ pairs }: TomlPlaces, path: SettingPath): TomlPair | undefined => pairs.find((each) => samePath(each.path, path));
const isWithin = (path: readonly string[], outer: SettingPath): boolean => samePath(path.slice(0, outer.length), outer);

/** Next to its brothers where there are any; else in a table of its own at the end. */
function added(body: string, places: TomlPlaces, path: SettingPath, raw: string): string {
  const inline = places.pairs.findLast((each) => each.raw.startsWith('{') && each.path.length < path.length && isWithin(path, each.path));
  if (inline !== undefined) return addedInline(body, places, inline, `${keyOf(path.slice(inline.path.length))} = ${raw}`);
  const parent = path.slice(0, -1);
  const header = places.headers.find((each) => samePath(each.path, parent));
  const own = places.pairs.findLast((each) => each.inline === undefined && samePath(each.table, parent));
  if (own !== undefined) return withLine(body, endOfLine(body, own.valueEnd), `${indentOf(body, own)}${keyOf(path.slice(-1))} = ${raw}`);
  if (header !== undefined) return withLine(body, endOfLine(body, header.start), `${keyOf(path.slice(-1))} = ${raw}`);
  if (parent.length === 0) return withLine(body, places.headers[0]?.start ?? body.length, `${keyOf(path)} = ${raw}`);
  const dotted = places.pairs.findLast((each) => each.inline === undefined && isWithin(each.path, parent));
  if (dotted !== undefined)
    return withLine(body, endOfLine(body, dotted.valueEnd), `${indentOf(body, dotted)}${keyOf(path.slice(dotted.table.length))} = ${raw}`);
  const withTable = withLine(body, body.length, `[${keyOf(parent)}]`);
  return withLine(withTable, withTable.length, `${keyOf(path.slice(-1))} = ${raw}`);
}

function addedInline(body: string, { pairs }: TomlPlaces, table: TomlPair, entry: string): string {
  const last = pairs.findLast((each) => each.inline?.open === table.valueStart);
  if (last === undefined) return body.slice(0, table.valueStart + 1) + entry + body.slice(table.valueStart + 1);
  return `${body.slice(0, last.valueEnd)}, ${entry}${body.slice(last.valueEnd)}`;
}

/** The reverse: the entry and the comma that separates it. */
function removedInline(body: string, { pairs }: TomlPlaces, pair: TomlPair): string {
  const brothers = pairs.filter((each) => each.inline?.open === pair.inline?.open);
  const index = brothers.indexOf(pair);
  const [previous, next] = [brothers[index - 1], brothers[index + 1]];
  if (previous !== undefined) return body.slice(0, previous.valueEnd) + body.slice(pair.valueEnd);
  return body.slice(0, pair.start) + body.slice(next?.start ?? pair.valueEnd);
}

const indentOf = (body: string, { start }: TomlPair): string => /^[ \t]*/.exec(body.slice(start))?.[0] ?? '';
const keyOf = (path: SettingPath): string => path.map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part))).join('.');

/** A JSON string is a TOML string but for the delete character, which no setting of ours has. */
const written = (value: SettingValue): string => (Array.isArray(value) ? `[${value.map((each) => JSON.stringify(each)).join(', ')}]` : JSON.stringify(value));

function valueOf(raw: string): SettingValue | undefined {
  if (/^(?:"""|'''|\{)/.test(raw)) return undefined;
  if (/^["']/.test(raw)) return textOf(raw);
  if (raw === 'true' || raw === 'false') return raw === 'true';
  if (raw.startsWith('[')) return listOf(raw);
  const number = Number(raw.replaceAll('_', ''));
  return Number.isNaN(number) ? undefined : number;
}

/** A list of strings on as many lines as it likes; anything else is not for us. */
function listOf(raw: string): readonly string[] | undefined {
  const parts = [...raw.slice(1, -1).matchAll(/"(?:\\.|[^"\\])*"|'[^']*'|#[^\n]*|[^\s,]/g)].map(([part]) => part).filter((part) => !part.startsWith('#'));
  return parts.every((part) => /^["']/.test(part)) ? parts.map(textOf) : undefined;
}

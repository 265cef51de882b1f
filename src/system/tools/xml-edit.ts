// Edits one option of a settings file of JetBrains: `<component name="X"><option name="Y" value="Z" /></component>`.
import { endOfLine, withLine, withoutLines } from './line-edit.ts';
import type { SettingPath, SettingsFormat } from './settings-format.ts';

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, { readonly value: string; readonly start: number; readonly end: number }>;
  readonly start: number;
  readonly end: number;
  readonly kind: 'open' | 'close' | 'empty';
  readonly depth: number;
}

/** Paths are component, option. */
export const xmlFormat: SettingsFormat = {
  name: 'XML',
  blank: '<application>\n</application>\n',
  fault: (text) => {
    if (text.trim() === '') return undefined;
    try {
      const [root] = tagsOf(text);
      return root?.name === 'application' && root.kind === 'open' ? undefined : 'it is not a settings file of a JetBrains program';
    } catch (error) {
      return (error as Error).message;
    }
  },
  get: (text, path) => {
    const value = optionAt(text, path)?.attributes.get('value')?.value;
    return value === undefined ? undefined : decoded(value);
  },
  has: (text, path) => (path.length === 1 ? componentAt(text, path) : optionAt(text, path)) !== undefined,
  set: (before, path, value) => {
    const text = before.trim() === '' ? xmlFormat.blank : before;
    const raw = encoded(String(value));
    const place = optionAt(text, path)?.attributes.get('value');
    if (place !== undefined) return text.slice(0, place.start) + raw + text.slice(place.end);
    const component = componentAt(text, path);
    const option = `<option name="${encoded(path[1] ?? '')}" value="${raw}" />`;
    if (component?.kind === 'open') {
      const close = closeOf(text, component);
      return withTag(text, close.start, `${indentAt(text, close.start)}  ${option}`);
    }
    if (component !== undefined) throw new Error(`The component ${path[0] ?? ''} holds no options.`);
    const end = closeOf(text, tagsOf(text)[0]);
    const indent = indentAt(text, end.start);
    const name = encoded(path[0] ?? '');
    const at = startOfLine(text, end.start);
    const lines = [`${indent}  </component>`, `${indent}    ${option}`, `${indent}  <component name="${name}">`];
    return lines.reduce((result, line) => withTag(result, at, line), text);
  },
  remove: (text, path) => {
    const option = optionAt(text, path);
    if (option === undefined) return text;
    const end = option.kind === 'empty' ? option.end : closeOf(text, option).end;
    return cut(text, option.start, end);
  },
  prune: (text, path) => {
    const component = path.length === 1 ? componentAt(text, path) : undefined;
    if (component?.kind !== 'open') return text;
    const close = closeOf(text, component);
    return text.slice(component.end, close.start).trim() === '' && component.attributes.size === 1 ? cut(text, component.start, close.end) : text;
  },
};

/** On a line of its own, unless what it comes before shares its line. */
function withTag(text: string, before: number, line: string): string {
  const at = startOfLine(text, before);
  return at === 0 || text[at - 1] === '\n' ? withLine(text, at, line) : text.slice(0, before) + line.trim() + text.slice(before);
}

/** Whole lines where nothing else stands in them. */
function cut(text: string, start: number, end: number): string {
  const from = startOfLine(text, start);
  const until = endOfLine(text, end);
  const isAlone = text.slice(from, start).trim() === '' && text.slice(end, until).trim() === '';
  return isAlone ? withoutLines(text, from, until) : text.slice(0, start) + text.slice(end);
}

/** Where a line can be put in before `offset`: the start of its line, or itself where something stands before it. */
function startOfLine(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return text.slice(start, offset).trim() === '' ? start : offset;
}

const indentAt = (text: string, offset: number): string => /^[ \t]*/.exec(text.slice(startOfLine(text, offset), offset))?.[0] ?? '';

function componentAt(text: string, [name]: SettingPath): Tag | undefined {
  return tagsOf(text).find((tag) => tag.kind !== 'close' && tag.depth === 1 && tag.name === 'component' && tag.attributes.get('name')?.value === name);
}

function optionAt(text: string, path: SettingPath): Tag | undefined {
  const component = componentAt(text, path);
  if (component?.kind !== 'open') return undefined;
  const close = closeOf(text, component);
  return tagsOf(text).find(
    ({ name, kind, depth, start, attributes }) =>
      name === 'option' && kind !== 'close' && depth === 2 && start > component.start && start < close.start && attributes.get('name')?.value === path[1],
  );
}

function closeOf(text: string, open: Tag | undefined): Tag {
  const close = tagsOf(text).find((tag) => tag.kind === 'close' && open !== undefined && tag.start > open.start && tag.depth === open.depth);
  if (close === undefined) throw new Error('a tag is not closed');
  return close;
}

const piece =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[[^]*?\]\]>|<!DOCTYPE[^>[]*>|<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/y;

/** Throws with what is wrong and where. */
function tagsOf(text: string): readonly Tag[] {
  const tags: Tag[] = [];
  const open: string[] = [];
  for (let at = 0; at < text.length;) {
    piece.lastIndex = at;
    const found = piece.exec(text);
    const line = `in line ${text.slice(0, at).split('\n').length}`;
    if (found === null) throw new Error(`a tag is not well formed, ${line}`);
    const [whole, slash, name, attributes = '', empty] = found;
    if (name !== undefined) {
      const kind = slash === '/' ? 'close' : empty === '/' ? 'empty' : 'open';
      if (kind === 'close' && open.pop() !== name) throw new Error(`</${name}> closes another tag, ${line}`);
      tags.push({ name, kind, start: at, end: at + whole.length, depth: open.length, attributes: attributesOf(attributes, at + 1 + name.length) });
      if (kind === 'open') open.push(name);
    }
    at += whole.length;
  }
  if (open.length > 0) throw new Error(`<${open.at(-1) ?? ''}> is not closed`);
  return tags;
}

function attributesOf(text: string, offset: number): Tag['attributes'] {
  return new Map(
    [...text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(({ 0: whole, 1: name = '', 2: double, 3: single, index }) => {
      const value = double ?? single ?? '';
      const end = offset + index + whole.length - 1;
      return [name, { value, start: end - value.length, end }];
    }),
  );
}

const entities = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);
const encoded = (text: string): string => text.replace(/[&<>"]/g, (char) => entities.get(char) ?? char);
const decoded = (text: string): string =>
  [...entities].reduceRight((result, [char, entity]) => result.replaceAll(entity, char), text.replaceAll('&apos;', "'"));

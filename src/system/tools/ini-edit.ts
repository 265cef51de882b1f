// Edits one key of the line-by-line settings files of git, npm, pip and `.env`; each dialect says how it writes values.
import { endOfLine, withLine, withoutLines } from './line-edit.ts';
import { byteOrderMark } from './settings-format.ts';
import type { SettingPath, SettingsFormat, SettingValue } from './settings-format.ts';

export interface IniDialect {
  readonly name: string;
  /** Files without sections have paths of one part; others of two, `['http', 'proxy']` or `['http "https://x/"', 'proxy']`. */
  readonly hasSections: boolean;
  readonly separator: string;
  /** White space before a key in a section. */
  readonly indent: string;
  /** How a value goes on in the next line. */
  readonly continues: 'backslash' | 'indent' | 'never';
  readonly key: RegExp;
  /** Whether a key may stand without a value. */
  readonly allowsBare: boolean;
  canonical(name: string): string;
  /** Undefined for what this dialect cannot hold in quotes of ours. */
  quoted(value: string): string;
  unquoted(raw: string): string;
}

interface Line {
  readonly kind: 'section' | 'pair';
  readonly section: string | undefined;
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export function iniFormat(dialect: IniDialect): SettingsFormat {
  const scan = (text: string): readonly Line[] => linesOf(dialect, text);
  const isAt = (line: Line, path: SettingPath): boolean => {
    const [section, key] = dialect.hasSections ? path : [undefined, path[0]];
    return line.kind === 'pair' && line.section === sectionOf(dialect, section) && line.key === dialect.canonical(key ?? '');
  };
  const find = (text: string, path: SettingPath): Line | undefined => scan(text).findLast((line) => isAt(line, path));
  const isSection = (line: Line, path: SettingPath): boolean => line.kind === 'section' && line.section === sectionOf(dialect, path[0]);

  return {
    name: dialect.name,
    blank: '',
    fault: (text) => {
      try {
        scan(text);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    get: (text, path) => {
      const line = find(text, path);
      return line === undefined ? undefined : dialect.unquoted(text.slice(line.valueStart, line.valueEnd));
    },
    has: (text, path) => (dialect.hasSections && path.length === 1 ? scan(text).some((line) => isSection(line, path)) : find(text, path) !== undefined),
    set: (text, path, value) => {
      const raw = dialect.quoted(plain(value));
      const line = find(text, path);
      if (line !== undefined && line.valueStart >= 0) return text.slice(0, line.valueStart) + raw + text.slice(line.valueEnd);
      return added(dialect, text, scan(text), path, raw);
    },
    remove: (text, path) => {
      const line = find(text, path);
      if (line === undefined) return text;
      // A key that shares its line with the name of its section leaves that there.
      const isShared = scan(text).some((each) => each.kind === 'section' && each.end === line.end && each.start < line.start);
      return isShared ? text.slice(0, line.start) + text.slice(line.valueEnd) : withoutLines(text, line.start, line.end);
    },
    prune: (text, path) => {
      if (!dialect.hasSections || path.length !== 1) return text;
      const lines = scan(text);
      const index = lines.findLastIndex((line) => isSection(line, path));
      const header = lines[index];
      if (header === undefined || lines[index + 1]?.kind === 'pair') return text;
      const until = lines[index + 1]?.start ?? text.length;
      return text.slice(header.end, until).trim() === '' && /^\s*\[[^\]]*\]\s*$/.test(text.slice(header.start, header.end))
        ? withoutLines(text, header.start, header.end)
        : text;
    },
  };
}

const plain = (value: SettingValue): string => (Array.isArray(value) ? value.join(',') : String(value));

/** `http "https://x/"`: the name in any case, what is in quotes as it is. */
function sectionOf(dialect: IniDialect, section: string | undefined): string | undefined {
  if (section === undefined) return undefined;
  const [, name = '', rest = ''] = /^([^\s"]+)\s*("[^]*")?$/.exec(section) ?? ['', section];
  return `${dialect.canonical(name)}${rest === '' ? '' : ` ${rest}`}`;
}

function added(dialect: IniDialect, text: string, lines: readonly Line[], path: SettingPath, raw: string): string {
  const [section, key] = dialect.hasSections ? path : [undefined, path[0]];
  const entry = `${key ?? ''}${dialect.separator}${raw}`;
  if (!dialect.hasSections) return withLine(text, text.length, entry);
  const wanted = sectionOf(dialect, section);
  const last = lines.findLast((line) => line.section === wanted);
  if (last !== undefined) return withLine(text, last.end, `${last.kind === 'pair' ? indentOf(text, last, dialect) : dialect.indent}${entry}`);
  const withSection = withLine(text, text.length, `[${section ?? ''}]`);
  return withLine(withSection, withSection.length, `${dialect.indent}${entry}`);
}

function indentOf(text: string, { start }: Line, { indent }: IniDialect): string {
  const line = text.slice(start);
  return line.startsWith('[') ? indent : (/^[ \t]*/.exec(line)?.[0] ?? indent);
}

const sectionLine = /^[ \t]*\[[ \t]*([^\]"\s]+(?:[ \t]+[^\]"\s]+)*)?[ \t]*("(?:\\.|[^"\\\n])*")?[ \t]*\][ \t]*/;

function linesOf(dialect: IniDialect, text: string): readonly Line[] {
  const lines: Line[] = [];
  let section: string | undefined;
  let isInPair = false;
  for (let at = text.startsWith(byteOrderMark) ? 1 : 0; at < text.length;) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end).replace(/\r?\n$/, '');
    const isBlank = /^[ \t]*(?:[#;].*)?$/.test(line);
    const previous = lines.at(-1);
    if (dialect.continues === 'indent' && isInPair && !isBlank && /^[ \t]/.test(line) && previous !== undefined) {
      lines[lines.length - 1] = { ...previous, end, valueEnd: at + line.trimEnd().length };
      at = end;
      continue;
    }
    if (isBlank) {
      isInPair &&= line !== '';
      at = end;
      continue;
    }
    const header = dialect.hasSections ? sectionLine.exec(line) : null;
    let from = at;
    if (header !== null) {
      section = sectionOf(dialect, `${header[1] ?? ''}${header[2] === undefined ? '' : ` ${header[2]}`}`);
      lines.push({ kind: 'section', section, key: '', start: at, end, valueStart: -1, valueEnd: -1 });
      isInPair = false;
      from = at + header[0].length;
      if (/^(?:[#;].*)?$/.test(text.slice(from, at + line.length))) {
        at = end;
        continue;
      }
    }
    const pair = pairIn(dialect, text, from, section);
    if (pair === undefined) throw new Error(`line ${text.slice(0, at).split('\n').length} is not a setting`);
    lines.push(pair);
    isInPair = true;
    at = pair.end;
  }
  return lines;
}

function pairIn(dialect: IniDialect, text: string, start: number, section: string | undefined): Line | undefined {
  if (dialect.hasSections && section === undefined) return undefined;
  let end = endOfLine(text, start);
  const found = dialect.key.exec(text.slice(start, end).replace(/\r?\n$/, ''));
  const [whole = '', lead = '', key = '', separator] = found ?? [];
  if (found === null || (separator === undefined && !dialect.allowsBare)) return undefined;
  const common = { kind: 'pair' as const, section, key: dialect.canonical(key), start };
  if (separator === undefined) {
    const at = start + lead.length + key.length;
    return { ...common, end, valueStart: at, valueEnd: at };
  }
  const valueStart = start + whole.length;
  while (dialect.continues === 'backslash' && /(?<!\\)(?:\\\\)*\\\r?\n$/.test(text.slice(valueStart, end)) && end < text.length) end = endOfLine(text, end);
  const value = text.slice(valueStart, end).trimEnd();
  const kept = dialect.name === 'git settings' ? gitValue(value) : value;
  return { ...common, end, valueStart, valueEnd: valueStart + kept.length };
}

/** Without the comment behind it, which begins outside of quotes. */
function gitValue(value: string): string {
  return (/^(?:"(?:\\[^]|[^"\\])*"|\\[^]|[^"\\#;])*/.exec(value)?.[0] ?? value).trimEnd();
}

// Where the tables, keys and values of a TOML file are: enough of the language to find a place, strict where it would be guessing.

export interface TomlPair {
  /** From the root; an element of an array of tables has a number of its own in it. */
  readonly path: readonly string[];
  /** The table it is written in, from the root; shorter than the path without its last part where keys are dotted. */
  readonly table: readonly string[];
  /** The inline table it stands in, as the offsets of its braces; undefined for a line of its own. */
  readonly inline: { readonly open: number; readonly close: number } | undefined;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly raw: string;
}

interface TomlHeader {
  readonly path: readonly string[];
  readonly start: number;
  readonly isElement: boolean;
}

export interface TomlPlaces {
  readonly headers: readonly TomlHeader[];
  readonly pairs: readonly TomlPair[];
}

/** Throws with the line and what is wrong in it. */
export function scanToml(text: string): TomlPlaces {
  const scan = new TomlScan(text);
  scan.run();
  return scan;
}

const bareKey = /[A-Za-z0-9_-]+/y;
const blank = /[ \t]*/y;
const anyBlank = /(?:[ \t\r\n]|#[^\n]*)*/y;
const restOfLine = /[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)/y;
const multiLine = /"""(?:\\[^]|(?!""")[^\\])*"{3,5}|'''(?:(?!''')[^])*'{3,5}/y;
const oneLine = /"(?:\\[^\r\n]|[^"\\\r\n])*"|'[^'\r\n]*'/y;
const bareValue = /(?:true|false|[+-]?(?:inf|nan)|[+-]?\d[\w.:+-]*(?: \d{2}:[\d:.]+(?:Z|[+-][\d:]+)?)?)(?=[\s,\]}#]|$)/y;

class TomlScan implements TomlPlaces {
  readonly headers: TomlHeader[] = [];
  readonly pairs: TomlPair[] = [];
  readonly #text: string;
  readonly #elements = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): void {
    let table: readonly string[] = [];
    while (this.#at < this.#text.length) {
      if (this.#take(restOfLine) !== undefined && this.#text[this.#at - 1] === '\n') continue;
      if (this.#at >= this.#text.length) return;
      const start = this.#at;
      this.#take(blank);
      if (this.#text[this.#at] === '[') table = this.#header(start);
      else this.#pair(start, table, undefined);
      if (this.#take(restOfLine) === undefined) this.#fail('something stands behind a value');
    }
  }

  #header(start: number): readonly string[] {
    const isElement = this.#text.startsWith('[[', this.#at);
    this.#at += isElement ? 2 : 1;
    const named = this.#key();
    const close = isElement ? ']]' : ']';
    if (!this.#text.startsWith(close, this.#at)) this.#fail('a table’s name is not closed');
    this.#at += close.length;
    // What is below an element belongs to the last one.
    const base = this.#numbered(isElement ? named.slice(0, -1) : named);
    const path = isElement ? this.#nextElement([...base, named.at(-1) ?? '']) : base;
    if (!isElement && this.headers.some((each) => samePath(each.path, path))) this.#fail(`the table ${named.join('.')} stands twice`);
    this.headers.push({ path, start, isElement });
    return path;
  }

  #numbered(named: readonly string[]): readonly string[] {
    return named.reduce<readonly string[]>((path, name) => {
      const count = this.#elements.get(JSON.stringify([...path, name]));
      return count === undefined ? [...path, name] : [...path, name, `\u0000${count}`];
    }, []);
  }

  #nextElement(path: readonly string[]): readonly string[] {
    const id = JSON.stringify(path);
    const count = (this.#elements.get(id) ?? 0) + 1;
    this.#elements.set(id, count);
    return [...path, `\u0000${count}`];
  }

  #pair(start: number, table: readonly string[], open: number | undefined): void {
    const path = [...table, ...this.#key()];
    if (this.pairs.some((each) => samePath(each.path, path))) this.#fail(`the key ${path.join('.')} stands twice`);
    if (this.#text[this.#at] !== '=') this.#fail('a key has no value');
    this.#at += 1;
    this.#take(blank);
    const valueStart = this.#at;
    const index = this.pairs.push({ path, table, inline: undefined, start, valueStart, valueEnd: valueStart, raw: '' }) - 1;
    this.#value(path);
    const [valueEnd, raw] = [this.#at, this.#text.slice(valueStart, this.#at)];
    this.pairs[index] = { path, table, inline: open === undefined ? undefined : { open, close: -1 }, start, valueStart, valueEnd, raw };
  }

  #key(): readonly string[] {
    const parts: string[] = [];
    do {
      if (parts.length > 0) this.#at += 1;
      this.#take(blank);
      const quoted = this.#take(oneLine);
      const part = quoted === undefined ? this.#take(bareKey) : textOf(quoted);
      if (part === undefined) this.#fail('a key was expected');
      else parts.push(part);
      this.#take(blank);
    } while (this.#text[this.#at] === '.');
    return parts;
  }

  #value(path: readonly string[]): void {
    const first = this.#text[this.#at];
    if (first === '[') this.#array(path);
    else if (first === '{') this.#inlineTable(path);
    else if ((this.#take(multiLine) ?? this.#take(oneLine) ?? this.#take(bareValue)) === undefined) this.#fail('a value was expected');
  }

  #array(path: readonly string[]): void {
    this.#at += 1;
    for (let index = 0; ; index += 1) {
      this.#take(anyBlank);
      if (this.#text[this.#at] === ']') break;
      this.#value([...path, `\u0000${index}`]);
      this.#take(anyBlank);
      if (this.#text[this.#at] === ',') this.#at += 1;
      else if (this.#text[this.#at] !== ']') this.#fail('a list is not closed');
    }
    this.#at += 1;
  }

  #inlineTable(path: readonly string[]): void {
    const open = this.#at;
    const first = this.pairs.length;
    this.#at += 1;
    for (let isFirst = true; ; isFirst = false) {
      this.#take(blank);
      if (isFirst && this.#text[this.#at] === '}') break;
      this.#pair(this.#at, path, open);
      this.#take(blank);
      if (this.#text[this.#at] === '}') break;
      if (this.#text[this.#at] !== ',') this.#fail('an inline table is not closed');
      this.#at += 1;
    }
    const close = this.#at;
    this.#at += 1;
    for (const [index, pair] of this.pairs.entries())
      if (index >= first && pair.inline?.open === open) this.pairs[index] = { ...pair, inline: { open, close } };
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(what: string): never {
    throw new Error(`${what}, in line ${this.#text.slice(0, this.#at).split('\n').length}`);
  }
}

export const samePath = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((part, index) => part === b[index]);

const escapes = new Map([
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001B'],
]);

/** The text of a string on one line, quotes and all. */
export function textOf(raw: string): string {
  if (raw.startsWith("'")) return raw.slice(1, -1);
  return raw
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))/g, (whole, short?: string, long?: string, byte?: string, char?: string) => {
      const code = short ?? long ?? byte;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return escapes.get(char ?? '') ?? char ?? whole;
    });
}

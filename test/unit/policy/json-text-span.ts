// A TextSpan over a JSON string in a body, for tests: offsets by walking the escaped text, one character at a time.
import type { TextRole, TextSpan } from '../../../src/contract/exchange.ts';

export interface SpanBody {
  readonly body: Buffer;
  readonly spans: readonly TextSpan[];
}

/** A body `["…","…"]` with one span for each text. `escape` makes the JSON of one character. */
export function bodyOf(texts: readonly string[], role: TextRole = 'user', escape: (character: string) => string = jsonOf): SpanBody {
  let json = '[';
  const spans = texts.map((text, index) => {
    json += index === 0 ? '"' : ',"';
    const start = Buffer.byteLength(json);
    const offsets: number[] = [];
    let at = start;
    for (const character of text) {
      for (let unit = 0; unit < character.length; unit++) offsets.push(at);
      const written = escape(character);
      json += written;
      at += Buffer.byteLength(written);
    }
    offsets.push(at);
    json += '"';
    const offset = (unit: number): number => offsets[unit] ?? NaN;
    return { role, start, end: at, text: () => text, bytesOf: (from: number, to: number) => ({ start: offset(from), end: offset(to) }) };
  });
  return { body: Buffer.from(`${json}]`), spans };
}

export function jsonOf(character: string): string {
  return JSON.stringify(character).slice(1, -1);
}

/** Every character as `\uXXXX`. */
export function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join('');
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonSpan } from '../../../src/dialects/json-span.ts';

/** Writes each UTF-16 unit either raw (where JSON allows) or as one of its escapes. */
function escapeUnit(unit: string, choice: number): string {
  const code = unit.charCodeAt(0);
  const short: Record<string, string> = { '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const hex = code.toString(16).padStart(4, '0');
  const long = `\\u${choice % 2 === 0 ? hex : hex.toUpperCase()}`;
  const mustEscape = unit === '"' || unit === '\\' || code < 0x20;
  if (choice % 3 === 0) return long;
  if (mustEscape || choice % 3 === 1) return short[unit] ?? (mustEscape ? long : unit);
  return unit;
}

/** A random string as JSON: whole code points stay raw or become escapes, so that raw text stays valid UTF-8. */
function asJson(text: string, choices: readonly number[]): string {
  let at = 0;
  let json = '';
  for (const point of text) {
    const choice = choices[at % choices.length] ?? 0;
    at += 1;
    const lone = point.length === 1 && !point.isWellFormed();
    if (point.length === 2) json += choice % 2 === 0 ? point : escapeUnit(point[0] ?? '', 0) + escapeUnit(point[1] ?? '', 3);
    else json += lone ? escapeUnit(point, 0) : escapeUnit(point, choice);
  }
  return json;
}

function spanOf(content: Buffer, escaped: boolean): { body: Buffer; span: JsonSpan } {
  const body = Buffer.concat([Buffer.from('{"é":"'), content, Buffer.from('"}')]);
  const start = Buffer.byteLength('{"é":"');
  return { body, span: new JsonSpan(body, 'user', start, start + content.length, escaped) };
}

/** Moves an index out of the middle of a surrogate pair. */
function outside(text: string, index: number, direction: -1 | 1): number {
  const inside = index > 0 && /[\ud800-\udbff]/.test(text[index - 1] ?? '') && /[\udc00-\udfff]/.test(text[index] ?? '');
  return inside ? index + direction : index;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'é', '€', '😀', '\ud800', '\udc00', '/', '\u0000', '\u2028'), maxLength: 30 }),
  fc.string({ maxLength: 30 }),
);

test('replacing the bytes of a range replaces exactly that range of the text', () => {
  fc.assert(
    fc.property(
      text,
      fc.array(fc.nat({ max: 5 }), { minLength: 1 }),
      fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 4 }),
      (value, choices, ranges) => {
        const json = asJson(value, choices);
        const { body, span } = spanOf(Buffer.from(json), json.includes('\\'));
        expect(span.text()).toBe(value);
        for (const [a, b] of ranges) {
          const i = Math.min(a % (value.length + 1), b % (value.length + 1));
          const j = Math.max(a % (value.length + 1), b % (value.length + 1));
          const { start, end } = span.bytesOf(i, j);
          const edited = Buffer.concat([body.subarray(0, start), Buffer.from('[X]'), body.subarray(end)]);
          const from = outside(value, i, -1);
          const to = i === j ? from : outside(value, j, 1);
          expect((JSON.parse(edited.toString('utf8')) as Record<string, string>).é).toBe(`${value.slice(0, from)}[X]${value.slice(to)}`);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('invalid UTF-8 is counted the way it is decoded', () => {
  const byte = fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc3, 0xa9, 0xe0, 0xa0, 0xe2, 0x82, 0xac, 0xed, 0x9f, 0xf0, 0x90, 0x9f, 0x98, 0xf4, 0x8f, 0xf5, 0xff);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 12 }), fc.boolean(), fc.nat(), (bytes, withEscape, at) => {
      const content = Buffer.from([...bytes, ...(withEscape ? Buffer.from('\\n') : [])]);
      const { body, span } = spanOf(content, withEscape);
      const value = span.text();
      const i = outside(value, at % (value.length + 1), -1);
      const { start } = span.bytesOf(i, i);
      // Cutting between whole units leaves both sides to decode on their own.
      const raw = (piece: Buffer) => JSON.parse(`"${piece.toString('utf8')}"`) as string;
      expect(raw(body.subarray(span.start, start))).toBe(value.slice(0, i));
      expect(raw(body.subarray(start, span.end))).toBe(value.slice(i));
      expect(span.bytesOf(0, value.length)).toEqual({ start: span.start, end: span.end });
    }),
    { numRuns: 3000 },
  );
});

test('ranges may be asked in any order', () => {
  const { span } = spanOf(Buffer.from('a\\u00e9é😀z'), true);
  expect(span.text()).toBe('aéé😀z');
  const ranges = [span.bytesOf(5, 6), span.bytesOf(1, 2), span.bytesOf(3, 5), span.bytesOf(0, 1)];
  expect(ranges.map(({ start, end }) => [start - span.start, end - span.start])).toEqual([
    [13, 14],
    [1, 7],
    [9, 13],
    [0, 1],
  ]);
});

test('a range that cuts a pair is widened to hold it, written raw or as two escapes', () => {
  for (const [json, bytes] of [
    ['x😀y', 4],
    ['x\\ud83d\\ude00y', 12],
  ] as const) {
    const { span } = spanOf(Buffer.from(json), json.includes('\\'));
    const whole = { start: span.start + 1, end: span.start + 1 + bytes };
    expect(span.bytesOf(1, 3)).toEqual(whole);
    expect(span.bytesOf(1, 2)).toEqual(whole);
    expect(span.bytesOf(2, 3)).toEqual(whole);
  }
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SseSplitter } from '../../../src/dialects/sse.ts';

type Event = [name: string, data: string | undefined];

function split(chunks: readonly Buffer[], limit?: number): Event[] {
  const events: Event[] = [];
  const splitter = new SseSplitter((name, data) => events.push([name, data?.toString('utf8')]), limit);
  for (const chunk of chunks) {
    const copy = Buffer.from(chunk);
    splitter.write(copy);
    copy.fill(0x21);
  }
  return events;
}

const whole = (text: string, limit?: number) => split([Buffer.from(text)], limit);

/** The WHATWG rules, written the slow and plain way over the whole text. */
function reference(text: string): Event[] {
  const events: Event[] = [];
  let name = '';
  let data: string[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  lines.pop();
  for (const line of lines) {
    if (line === '') {
      if (data.length > 0) events.push([name, data.join('\n')]);
      name = '';
      data = [];
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') data.push(value);
    if (field === 'event') name = value;
  }
  return events;
}

const piece = fc.constantFrom(
  'data',
  'event',
  'id',
  ':',
  ': ',
  ' ',
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  'data: x\n',
  'data:y\r\n',
  'event: e\n',
  'é',
  '😀',
  '\ufeff',
  'datas: z\n',
  'data\n',
  ': c\n',
);

test('streams are split as the WHATWG rules say, whatever the cut', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 8 }), (pieces, cuts) => {
      const text = pieces.join('');
      const wire = Buffer.from(text);
      const edges = [0, ...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
      const expected = reference(text);
      expect(split(edges.slice(1).map((edge, i) => wire.subarray(edges[i], edge)))).toEqual(expected);
      expect(split(Array.from(wire, (byte) => Buffer.of(byte)))).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

test('the lines of an event’s data are joined, comments and other fields are left out', () => {
  expect(whole('event: a\ndata: 1\n: note\nid: 5\ndata: 2\ndata\n\ndata: next\n\n')).toEqual([
    ['a', '1\n2\n'],
    ['', 'next'],
  ]);
});

test('an event without its blank line is not delivered', () => {
  expect(whole('data: a\n')).toEqual([]);
});

test('an event over the limit is reported without data, in one line or many, in one chunk or many', () => {
  const events: Event[] = [
    ['big', undefined],
    ['', 'ok'],
  ];
  const ends = '\n\ndata: ok\n\n';
  for (const text of [
    `event: big\ndata: ${'x'.repeat(100)}${ends}`,
    `event: big\n${'data: xxxxxxxxx\n'.repeat(10)}${ends.slice(1)}`,
    `event: big\ndata: a\nother: ${'x'.repeat(100)}${ends}`,
  ]) {
    expect(whole(text, 50)).toEqual(events);
    expect(
      split(
        Array.from(Buffer.from(text), (byte) => Buffer.of(byte)),
        50,
      ),
    ).toEqual(events);
  }
});

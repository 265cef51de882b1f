import fc from 'fast-check';
import { expect } from 'vitest';
import type { Dialect } from '../../../src/contract/dialect.ts';
import type { ResponseFacts } from '../../../src/contract/exchange.ts';

export interface Answer {
  readonly contentType: string;
  readonly status?: number;
  readonly wire: string | Buffer;
}

/** Facts of an answer that arrives in these chunks. */
function readChunks(dialect: Dialect, answer: Answer, chunks: readonly Buffer[]): ResponseFacts & { sawContent: boolean } {
  const reader = dialect.readResponse(answer.contentType, answer.status ?? 200);
  // A tap may reuse its buffer, so each chunk is wiped once it has been written.
  for (const chunk of chunks) {
    const copy = Buffer.from(chunk);
    reader.write(copy);
    copy.fill(0x2a);
  }
  const facts = reader.facts();
  expect(reader.facts()).toEqual(facts);
  return { ...facts, sawContent: reader.sawContent };
}

export function readWhole(dialect: Dialect, answer: Answer): ResponseFacts & { sawContent: boolean } {
  return readChunks(dialect, answer, [Buffer.from(answer.wire)]);
}

/** Every single cut, every byte alone, and random cuts give the facts that the whole gives. Returns those facts. */
export function readHoweverCut(dialect: Dialect, answer: Answer): ResponseFacts & { sawContent: boolean } {
  const wire = Buffer.from(answer.wire);
  const facts = readWhole(dialect, answer);
  for (let cut = 1; cut < wire.length; cut += 1) expect(readChunks(dialect, answer, [wire.subarray(0, cut), wire.subarray(cut)])).toEqual(facts);
  expect(
    readChunks(
      dialect,
      answer,
      Array.from(wire, (byte) => Buffer.of(byte)),
    ),
  ).toEqual(facts);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: wire.length }), { maxLength: 40 }), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), wire.length];
      const chunks = edges.slice(1).map((edge, i) => wire.subarray(edges[i], edge));
      expect(readChunks(dialect, answer, chunks)).toEqual(facts);
    }),
    { numRuns: 100 },
  );
  return facts;
}

/** Asserts that damaged answers never throw, and that an answer cut short is not complete. */
export function survivesDamage(dialect: Dialect, answer: Answer): void {
  const wire = Buffer.from(answer.wire);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: wire.length - 1 }), fc.nat({ max: 255 })), { maxLength: 20 }), fc.nat({ max: wire.length }), (damages, end) => {
      const damaged = Buffer.from(wire);
      for (const [at, byte] of damages) damaged[at] = byte;
      readWhole(dialect, { ...answer, wire: damaged.subarray(0, end) });
    }),
    { numRuns: 300 },
  );
}

/** The same stream with other line ends, a byte order mark, comments and no space after colons. */
export function respelled(stream: string): string[] {
  const bare = stream.replaceAll(/^(data|event): /gm, '$1:');
  return [
    stream.replaceAll('\n', '\r\n'),
    stream.replaceAll('\n', '\r'),
    `\ufeff: hello\n\n${stream}`,
    bare,
    stream.replaceAll('\n\n', '\n: ping\nid: 4\nretry: 10\n\n'),
  ];
}

export const sse = 'text/event-stream; charset=utf-8';
export const json = 'application/json';

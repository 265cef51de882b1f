import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResponseReader } from '../../../src/contract/dialect.ts';
import { Tap } from '../../../src/proxy/tap.ts';

class Listener implements ResponseReader {
  text = '';
  write(chunk: Buffer): void {
    this.text += chunk.toString('latin1');
  }
  get sawContent(): boolean {
    return this.text.includes('content');
  }
  facts() {
    return { model: this.text, usage: undefined, stopReason: undefined, error: undefined, complete: false };
  }
}

const encoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  identity: (body) => body,
  gzip: (body) => gzipSync(body),
  'x-gzip': (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body),
  zstd: (body) => zstdCompressSync(body),
  'gzip, br': (body) => brotliCompressSync(gzipSync(body)),
};
const answer = Buffer.from(`data: {"content":"${'héllo '.repeat(200)}"}\n\n`, 'latin1');

describe.each(Object.entries(encoders))('a tap on %s', (coding, encode) => {
  const wire = encode(answer);

  it('reads the same at any cut, and tells of the first content once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(wire.length), { maxLength: 10 }), async (places) => {
        const listener = new Listener();
        let contents = 0;
        const tap = new Tap(listener, coding, () => (contents += 1));
        const cuts = [0, ...places.sort((a, b) => a - b), wire.length];
        for (let i = 1; i < cuts.length; i++) tap.write(wire.subarray(cuts[i - 1], cuts[i]));
        const facts = await tap.finish();
        expect(facts.model).toBe(answer.toString('latin1'));
        expect(contents).toBe(1);
      }),
      { numRuns: 30 },
    );
  });

  it('reads what came of an answer that broke off, and broken data never disturbs', async () => {
    for (const bytes of [wire.subarray(0, wire.length - 3), Buffer.concat([Buffer.from('garbage'), wire]), Buffer.concat([wire, Buffer.from('more')])]) {
      const tap = new Tap(new Listener(), coding, () => undefined);
      for (let at = 0; at < bytes.length; at += 7) tap.write(bytes.subarray(at, at + 7));
      await new Promise((resolve) => setTimeout(resolve, 5));
      tap.write(Buffer.from('after'));
      expect((await tap.finish()).complete).toBe(false);
    }
  });

  it('does not change the bytes it reads', async () => {
    const copy = Buffer.from(wire);
    const tap = new Tap(new Listener(), coding, () => undefined);
    tap.write(copy);
    await tap.finish();
    expect(copy.equals(wire)).toBe(true);
  });
});

describe('a tap', () => {
  it.each(['sdch', 'gzip, unknown', Array(5_000).fill('gzip').join(',')])('on a coding it cannot take off reads nothing (%.12s)', async (coding) => {
    const listener = new Listener();
    const tap = new Tap(listener, coding, () => undefined);
    tap.write(answer);
    expect((await tap.finish()).model).toBe('');
  });

  it('lets a bomb go after 64 MiB', async () => {
    const bomb = gzipSync(Buffer.alloc(90_000_000));
    let read = 0;
    const reader: ResponseReader = {
      write: (piece) => (read += piece.length),
      sawContent: false,
      facts: () => ({ model: undefined, usage: undefined, stopReason: undefined, error: undefined, complete: false }),
    };
    const tap = new Tap(reader, 'gzip', () => undefined);
    for (let at = 0; at < bomb.length; at += 16_384) {
      tap.write(bomb.subarray(at, at + 16_384));
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (read < 60_000_000) await new Promise((resolve) => setTimeout(resolve, 5));
    await tap.finish();
    expect(read).toBeLessThanOrEqual(67_108_864);
  });

  it('survives a reader that throws against its contract', async () => {
    let writes = 0;
    const reader: ResponseReader = {
      write: () => {
        writes += 1;
        throw new Error('fault');
      },
      sawContent: false,
      facts: () => ({ model: undefined, usage: undefined, stopReason: undefined, error: undefined, complete: false }),
    };
    const tap = new Tap(reader, undefined, () => undefined);
    tap.write(answer);
    tap.write(answer);
    await tap.finish();
    expect(writes).toBe(1);
  });

  it.each([
    ['', true],
    [': comment\n\n', true],
    [': comment\n\ndata: {"x":', true],
    ['data: {"x":1}\n', true],
    ['event: x\r\ndata: {"x":1}\r\n', true],
    ['data: {"x":1}\n\n', false],
    ['event: x\r\ndata: {"x":1}\r\n\r\n', false],
    ['data\r\r', false],
    ['dates: 1\n\n', true],
  ])('knows a stream that ended before its first event was whole, at any cut: %j', (text, isCutShort) => {
    const nothing = { model: undefined, usage: undefined, stopReason: undefined, error: undefined, complete: false };
    for (const size of [1, 3, 100]) {
      const tap = new Tap({ write: () => undefined, sawContent: false, facts: () => nothing }, undefined, () => undefined, true);
      for (let at = 0; at < text.length; at += size) tap.write(Buffer.from(text.slice(at, at + size)));
      expect(tap.isCutShort).toBe(isCutShort);
    }
  });
});

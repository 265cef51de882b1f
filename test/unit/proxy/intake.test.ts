import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawHeaders } from '../../../src/contract/exchange.ts';
import { Intake } from '../../../src/proxy/intake.ts';
import { ClientDouble, GivenBody } from './exchange-doubles.ts';

function begin(limit: number) {
  const body = new GivenBody();
  const down = new ClientDouble({}, body);
  const intake = new Intake(body, limit);
  return { body, down, intake, taken: intake.read(down) };
}
function collect() {
  const seen = { text: '', trailers: undefined as RawHeaders | undefined };
  return { seen, sink: { data: (piece: Buffer) => ((seen.text += piece.toString()), true), end: (trailers: RawHeaders) => (seen.trailers = trailers) } };
}

describe('the intake of a body', () => {
  it('gives it whole, whatever its pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 20 })), async (pieces) => {
        const { body, taken } = begin(10_000);
        for (const piece of pieces) expect(body.sink?.data(Buffer.from(piece))).toBe(true);
        body.sink?.end([]);
        expect(await taken).toEqual({ kind: 'whole', body: Buffer.from(pieces.join('')) });
      }),
    );
  });

  it('takes the limit and not a byte more', async () => {
    const exact = begin(5);
    expect(exact.body.sink?.data(Buffer.from('12345'))).toBe(true);
    exact.body.sink?.end([]);
    expect((await exact.taken).kind).toBe('whole');
    const over = begin(5);
    expect(over.body.sink?.data(Buffer.from('123456'))).toBe(false);
    expect(await over.taken).toEqual({ kind: 'too-large' });
  });

  it('of a body known to be empty needs no reading', async () => {
    const body = new GivenBody(true);
    expect(await new Intake(body, 5).read(new ClientDouble({}, body))).toEqual({ kind: 'whole', body: Buffer.alloc(0) });
  });

  it('ends when the client leaves, or has left already', async () => {
    const { down, taken } = begin(5);
    down.leave();
    expect(await taken).toEqual({ kind: 'aborted' });
    const body = new GivenBody();
    const gone = new ClientDouble({}, body);
    gone.isGone = true;
    expect(await new Intake(body, 5).read(gone)).toEqual({ kind: 'aborted' });
  });

  it('hands a body over the limit on from its first byte, then as it comes', async () => {
    const { body, intake, taken } = begin(3);
    body.sink?.data(Buffer.from('12'));
    body.sink?.data(Buffer.from('34'));
    await taken;
    const { seen, sink } = collect();
    intake.start(sink);
    expect([seen.text, body.resumed]).toEqual(['1234', 1]);
    body.sink?.data(Buffer.from('56'));
    body.sink?.end(['X', '1']);
    expect(seen).toEqual({ text: '123456', trailers: ['X', '1'] });
  });

  it('does not lose the end of a body that came with the piece over the limit', async () => {
    const { body, intake, taken } = begin(3);
    body.sink?.data(Buffer.from('1234'));
    body.sink?.end(['X', '1']);
    await taken;
    const { seen, sink } = collect();
    intake.start(sink);
    expect(seen).toEqual({ text: '1234', trailers: ['X', '1'] });
    expect(body.resumed).toBe(0);
  });

  it('leaves the source waiting when the next sink is full', async () => {
    const { body, intake, taken } = begin(1);
    body.sink?.data(Buffer.from('12'));
    await taken;
    intake.start({ data: () => false, end: () => undefined });
    expect(body.resumed).toBe(0);
    intake.resume();
    expect(body.resumed).toBe(1);
  });
});

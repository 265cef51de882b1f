import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Edit, Finding } from '../../../src/contract/exchange.ts';
import { detectorIds } from '../../../src/contract/policy.ts';
import { applyEdits, planEdits, replacementFor } from '../../../src/policy/redact.ts';

const finding = (start: number, end: number, detector = 'email'): Finding => ({ detector, role: 'user', start, end, fingerprint: 'x' });

/** Sorted, separate edits over a body of random bytes. */
const bodyAndEdits = fc.uint8Array({ maxLength: 200 }).chain((bytes) =>
  fc.record({
    body: fc.constant(Buffer.from(bytes)),
    edits: fc
      .tuple(fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 12 }), fc.string({ maxLength: 9 }))
      .map(([cuts, replacement]) =>
        cuts
          .sort((a, b) => a - b)
          .flatMap((start, index, all): Edit[] =>
            index % 2 === 0 && all[index + 1] !== undefined ? [{ start, end: all[index + 1] ?? start, replacement }] : [],
          ),
      ),
  }),
);

describe('applyEdits', () => {
  it('changes the spans alone (against a model that works byte by byte)', () => {
    fc.assert(
      fc.property(bodyAndEdits, ({ body, edits }) => {
        const model: number[] = [];
        for (let at = 0; at <= body.length; at++) {
          for (const edit of edits) if (edit.start === at) model.push(...Buffer.from(edit.replacement, 'latin1'));
          if (at < body.length && !edits.some((edit) => at >= edit.start && at < edit.end)) model.push(body[at] ?? 0);
        }
        expect([...applyEdits(body, edits)]).toEqual(model);
      }),
    );
  });

  it('leaves the original body as it was', () => {
    const body = Buffer.from('abcdef');
    expect(applyEdits(body, [{ start: 1, end: 3, replacement: 'XYZ' }]).toString()).toBe('aXYZdef');
    expect(applyEdits(body, []).toString()).toBe('abcdef');
    expect(body.toString()).toBe('abcdef');
  });

  it.each([
    ['overlap', [edit(0, 3), edit(2, 4)]],
    ['are out of order', [edit(3, 4), edit(0, 1)]],
    ['begin before the body', [edit(-1, 1)]],
    ['end behind the body', [edit(5, 7)]],
    ['end before they begin', [edit(3, 2)]],
    ['are no whole numbers', [edit(0.5, 1)]],
    ['are no numbers', [edit(NaN, 1)]],
  ])('refuses edits that %s', (_what, edits) => {
    expect(() => applyEdits(Buffer.from('abcdef'), edits)).toThrow(RangeError);
  });
});

function edit(start: number, end: number): Edit {
  return { start, end, replacement: 'X' };
}

describe('planEdits', () => {
  it('sorts edits and joins what overlaps, named after the first', () => {
    expect(planEdits([finding(20, 30, 'jwt'), finding(5, 10, 'email'), finding(8, 12, 'iban'), finding(12, 14, 'iban')])).toEqual([
      { start: 5, end: 12, replacement: '[REDACTED:email]' },
      { start: 12, end: 14, replacement: '[REDACTED:iban]' },
      { start: 20, end: 30, replacement: '[REDACTED:jwt]' },
    ]);
  });

  it('names an edit after the wider of two findings that begin together', () => {
    expect(planEdits([finding(0, 4, 'email'), finding(0, 9, 'private-key')])).toEqual([{ start: 0, end: 9, replacement: '[REDACTED:private-key]' }]);
  });

  it('always gives edits that applyEdits accepts and that cover every finding', () => {
    const findings = fc.array(fc.tuple(fc.nat({ max: 90 }), fc.integer({ min: 1, max: 10 })).map(([start, length]) => finding(start, start + length)));
    fc.assert(
      fc.property(findings, (all) => {
        const edits = planEdits(all);
        expect(() => applyEdits(Buffer.alloc(100), edits)).not.toThrow();
        for (const { start, end } of all) expect(edits.some((one) => one.start <= start && end <= one.end)).toBe(true);
      }),
    );
  });
});

describe('replacementFor', () => {
  it('is ASCII and needs no escape in a JSON string, for every detector', () => {
    for (const id of detectorIds) expect(JSON.stringify(replacementFor(id))).toBe(`"[REDACTED:${id}]"`);
  });
});

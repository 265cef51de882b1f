import { describe, expect, it } from 'vitest';
import { matchHost } from '../../../../src/catalog/match.ts';
import { recognise } from '../../../../src/catalog/recognise.ts';
import { dialectOf } from '../../../../src/dialects/registry.ts';
import { Policy } from '../../../../src/contract/policy.ts';
import { tryRequest } from '../../../../src/policy/trial.ts';
import { fold, sentPieces } from '../../../../renderer/views/policy/sent-marks.ts';
import type { SentPiece } from '../../../../renderer/views/policy/sent-marks.ts';

const textOf = (pieces: readonly SentPiece[]): string => pieces.map((piece) => (piece.kind === 'left-out' ? '' : piece.text)).join('');

describe('marks in the body as it would be sent', () => {
  it('name what each replacement stands for', () => {
    const pieces = sentPieces('a [REDACTED:email], b [REDACTED:openai-key]', 'a me@x.example, b sk-1');
    expect(pieces).toEqual([
      { kind: 'same', text: 'a ' },
      { kind: 'replaced', text: '[REDACTED:email]', was: 'me@x.example' },
      { kind: 'same', text: ', b ' },
      { kind: 'replaced', text: '[REDACTED:openai-key]', was: 'sk-1' },
    ]);
  });

  it('mark without naming where the original does not fit or is not there', () => {
    const wrapped = '{"other":"[REDACTED:email]"}';
    for (const original of [undefined, 'me@x.example', '']) {
      expect(sentPieces(wrapped, original)).toContainEqual({ kind: 'replaced', text: '[REDACTED:email]', was: undefined });
    }
  });

  it('name the values of plain text that the agent put into a user message', () => {
    const policy = Policy.parse({ version: 1, rules: [{ id: 'redact-mail', action: 'redact', when: { findings: 'email' } }] });
    const body = 'Say "hi" to me@x.example\nand to you@y.example';
    for (const [host, path] of [
      ['api.openai.com', '/v1/chat/completions'],
      ['api.openai.com', '/v1/responses'],
      ['generativelanguage.googleapis.com', '/v1beta/models/gemini-3-pro:generateContent'],
    ] as const) {
      const { sent = '' } = tryRequest({ policy, matchHost, recognise, dialectOf, denial: () => undefined }, { body, host, path });
      const replaced = sentPieces(sent, body).flatMap((piece) => (piece.kind === 'replaced' ? [piece.was] : []));
      expect(replaced).toEqual(['me@x.example', 'you@y.example']);
    }
  });

  it('leave a marker alone that the original held already', () => {
    const text = 'see [REDACTED:email] above';
    expect(sentPieces(text, text).every(({ kind }) => kind === 'same')).toBe(true);
  });

  it('never change the text that is shown', () => {
    const sent = '[REDACTED:jwt][REDACTED:iban]x[REDACTED:email]';
    expect(textOf(sentPieces(sent, undefined))).toBe(sent);
    expect(textOf(sentPieces(sent, 'completely else'))).toBe(sent);
  });

  it('stay out of unchanged text', () => expect(sentPieces('plain', 'plain')).toEqual([{ kind: 'same', text: 'plain' }]));
});

describe('folding', () => {
  it('keeps what stands beside a change and says how much is left out', () => {
    const pieces = fold(sentPieces(`${'a'.repeat(100)}[REDACTED:email]${'b'.repeat(100)}`, undefined), 10);
    expect(pieces).toEqual([
      { kind: 'left-out', characters: 90 },
      { kind: 'same', text: 'a'.repeat(10) },
      { kind: 'replaced', text: '[REDACTED:email]', was: undefined },
      { kind: 'same', text: 'b'.repeat(10) },
      { kind: 'left-out', characters: 90 },
    ]);
  });

  it('leaves short texts whole', () => expect(fold([{ kind: 'same', text: 'short' }], 10)).toEqual([{ kind: 'same', text: 'short' }]));
});

import { expect, test } from 'vitest';
import { shortened, sideBySide } from '../../../../renderer/views/activity/side-by-side.ts';
import type { KeptContent } from '../../../../src/contract/content.ts';

const content: KeptContent = {
  id: 'x',
  clear: false,
  omitted: 0,
  spans: [
    { role: 'system', pieces: [{ text: 'Be ' }, { text: 'kind.' }] },
    {
      role: 'user',
      pieces: [
        { text: 'key ' },
        { text: '••••', detector: 'aws-access-key', replacement: '[REDACTED]' },
        { text: ' mail ' },
        { text: '•••', detector: 'email' },
      ],
    },
  ],
};

test('original reads each text, sent reads what went in its place', () => {
  const { spans } = sideBySide(content);
  const read = (side: 'original' | 'sent'): string[] => spans.map((span) => span[side].map(({ text }) => text).join(''));
  expect(read('original')).toEqual(['Be kind.', 'key •••• mail •••']);
  expect(read('sent')).toEqual(['Be kind.', 'key [REDACTED] mail •••']);
});

test('found values carry the same number on both sides and say whether they were replaced', () => {
  const [, user] = sideBySide(content).spans;
  expect(user?.original.map(({ mark }) => mark)).toEqual([
    undefined,
    { number: 1, detector: 'aws-access-key', isReplaced: true },
    undefined,
    { number: 2, detector: 'email', isReplaced: false },
  ]);
  expect(user?.sent.map(({ mark }) => mark?.number)).toEqual([undefined, 1, undefined, 2]);
});

test('counts what was replaced and what was found and sent all the same', () => {
  expect(sideBySide(content)).toMatchObject({ replaced: 1, kept: 1, clear: false });
});

test('neighbouring plain pieces are one', () => {
  expect(sideBySide(content).spans[0]?.original).toEqual([{ text: 'Be kind.', mark: undefined }]);
});

test('a long text is cut between marks, and what is left is counted', () => {
  const user = sideBySide(content).spans[1];
  const { segments, left } = shortened(user?.original ?? [], 6);
  expect(segments.map(({ text }) => text)).toEqual(['key ', '••••']);
  expect(left).toBe(9);
  expect(shortened(user?.original ?? [], 1_000).left).toBe(0);
});

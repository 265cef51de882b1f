import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalisePath } from '../../../src/catalog/path.ts';

it('lowers the case of a regular path and changes nothing else', () => {
  expect(normalisePath('/V1/Models/Gemini-2.5:generateContent')).toBe('/v1/models/gemini-2.5:generatecontent');
});

it('resolves dots without ever climbing above the root', () => {
  expect(normalisePath('/a/./b/../c')).toBe('/a/c');
  expect(normalisePath('/../../v1/messages')).toBe('/v1/messages');
  expect(normalisePath('/%2e%2e/v1/%2E/messages')).toBe('/v1/messages');
});

it('leaves an incomplete percent sequence as it stands', () => {
  expect(normalisePath('/v1/%zz%4')).toBe('/v1/%zz%4');
});

it('drops an encoded question mark no more than the origin does', () => {
  expect(normalisePath('/v1/messages%3Fx')).toBe('/v1/messages?x');
});

it('has a fixed point: normalising twice is normalising once, where nothing is left to decode', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('/', '.', '\\', ';', 'a', 'B', ' ') }), (path) => {
      expect(normalisePath(normalisePath(path))).toBe(normalisePath(path));
    }),
  );
});

it('stays linear on a path made to be decoded again and again', () => {
  const nested = `/v1/%${'25'.repeat(5000)}6dessages`;
  expect(normalisePath(nested).startsWith('/v1/%')).toBe(true);
});

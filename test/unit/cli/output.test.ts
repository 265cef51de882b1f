import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Output, printable } from '../../../src/cli/output.ts';
import { tableLines } from '../../../src/cli/table.ts';

const stream = (isTTY: boolean) => Object.assign(new PassThrough(), { isTTY });

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('on a terminal %s with %j colour is %s', (isTTY, env, colour) => {
  const output = new Output(stream(isTTY), env);
  expect(output.paint('red', 'x')).toBe(colour ? '\u001b[31mx\u001b[39m' : 'x');
});

test('a reader that goes away is no fault, and is told', async () => {
  const target = stream(false);
  const output = new Output(target, {});
  target.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await output.closed;
  output.line('nobody reads this');
});

test('control characters cannot reach a terminal', () => {
  expect(printable('a\u001b]0;title\u0007b\u202Ec\r\nd')).toBe('a�]0;title�b�c��d');
  expect(printable('naïve 日本 🦊')).toBe('naïve 日本 🦊');
});

test('columns are as wide as their widest cell, figures to the right, long text cut', () => {
  const columns = [
    { title: 'NAME', widest: 6 },
    { title: 'N', align: 'right' },
  ] as const;
  const lines = tableLines(
    columns,
    [
      [{ text: 'a' }, { text: '5' }],
      [{ text: 'abcdefgh' }, { text: '1234' }],
    ],
    new Output(stream(false), {}),
  );
  expect(lines).toEqual(['NAME       N', 'a          5', 'abcde…  1234']);
});

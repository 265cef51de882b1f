import fc from 'fast-check';
import { expect, test } from 'vitest';
import { controlPath } from '../../../src/control/path.ts';

test('the socket lies in a folder of its own inside the data folder', () => {
  expect(controlPath('/home/ann/.local/share/heimdall', 'linux', {})).toBe('/home/ann/.local/share/heimdall/run/control.sock');
});

test('a data folder too deep for a socket gets one under the run-time folder, else under the temporary folder', () => {
  const deep = `/${'d'.repeat(120)}`;
  expect(controlPath(deep, 'linux', { XDG_RUNTIME_DIR: '/run/user/1000', TMPDIR: '/var/tmp' })).toMatch(
    /^\/run\/user\/1000\/heimdall-[0-9a-f]{16}\/control\.sock$/,
  );
  expect(controlPath(deep, 'darwin', { TMPDIR: '/var/folders/x/T' })).toMatch(/^\/var\/folders\/x\/T\/heimdall-[0-9a-f]{16}\/control\.sock$/);
  expect(controlPath(deep, 'linux', { TMPDIR: `/${'t'.repeat(120)}` })).toMatch(/^\/tmp\/heimdall-/);
  expect(controlPath(deep, 'linux', { XDG_RUNTIME_DIR: 'relative' })).toMatch(/^\/tmp\/heimdall-/);
});

test('every path fits into a socket address, and different folders have different ones', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 300 }), fc.string({ maxLength: 300 }), (a, b) => {
      const [first, second] = [`/data/a${a.replaceAll('/', '_')}`, `/data/b${b.replaceAll('/', '_')}`];
      const path = controlPath(first, 'linux', {});
      expect(Buffer.byteLength(path)).toBeLessThanOrEqual(103);
      expect(controlPath(second, 'linux', {})).not.toBe(path);
    }),
  );
});

test('on Windows it is a pipe named after the folder, however the folder is written', () => {
  const name = controlPath('C:\\Users\\Ann\\AppData\\Local\\Heimdall', 'win32', {});
  expect(name).toMatch(/^\\\\\.\\pipe\\heimdall-[0-9a-f]{16}$/);
  expect(controlPath('c:/users/ann/appdata/local/heimdall/', 'win32', {})).toBe(name);
});

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { resolveSecret, Secret } from '../../../src/config/secrets.ts';
import type { SecretPlaces } from '../../../src/config/secrets.ts';
import type { SecretSource } from '../../../src/contract/secret.ts';

function places(mode = 0o100600, text = 'from-file\n', platform: NodeJS.Platform = 'linux'): SecretPlaces {
  return { platform, env: { KEY: 'from-env', EMPTY: ' ' }, files: { read: () => text, mode: () => mode } };
}

describe('a secret', () => {
  test('is not shown by any way of printing', () => {
    const secret = new Secret('s3cret');
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }),
      inspect(secret, { showHidden: true, depth: 9 }),
      secret.toString(),
      Object.values(secret).join(),
    ];
    expect(shown.join()).not.toContain('s3cret');
    expect(secret.reveal()).toBe('s3cret');
  });

  test.each<[string, SecretSource, string]>([
    ['in place', 'in-place', 'in-place'],
    ['from a variable', { env: 'KEY' }, 'from-env'],
    ['from a file, without its line end', { file: '/vk' }, 'from-file'],
  ])('is read %s', (_name, source, value) => {
    const resolved = resolveSecret(source, places());
    expect(resolved.found && resolved.secret.reveal()).toBe(value);
  });

  test.each<[SecretSource, string]>([
    [{ env: 'NONE' }, 'the environment variable NONE is not set'],
    [{ env: 'EMPTY' }, 'the environment variable EMPTY is not set'],
  ])('that is not there is said to be so: %j', (source, reason) => {
    expect(resolveSecret(source, places())).toEqual({ found: false, reason });
  });

  test('in an empty file is said to be missing', () => {
    expect(resolveSecret({ file: '/vk' }, places(0o100600, '\n'))).toEqual({ found: false, reason: 'the file /vk is empty' });
  });

  test.each([
    [0o100644, 'linux', '/vk'],
    [0o100640, 'darwin', '/vk'],
    [0o100600, 'linux', undefined],
    [0o100666, 'win32', undefined],
  ] as const)('in a file of mode %o on %s is exposed: %s', (mode, platform, exposed) => {
    expect(resolveSecret({ file: '/vk' }, places(mode, 'x', platform))).toMatchObject({ found: true, exposed });
  });

  test('in a file that cannot be read stops with the path and the reason', () => {
    const files = {
      read: () => {
        throw new Error('EACCES: permission denied');
      },
      mode: () => 0,
    };
    expect(() => resolveSecret({ file: '/vk' }, { ...places(), files })).toThrow(/\/vk cannot be read: EACCES/);
  });
});

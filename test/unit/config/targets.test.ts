import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { resolveTargets } from '../../../src/config/targets.ts';
import type { SecretPlaces } from '../../../src/config/secrets.ts';

const places: SecretPlaces = { platform: 'linux', env: {}, files: { read: () => 'vk', mode: () => 0o644 } };
const gateway = (extra: object = {}) => ({ id: 'gw', kind: 'gateway', url: 'https://gw.example/base/', ...extra }) as const;

test('a gateway has its URL parsed, without trailing slash, query and fragment', () => {
  const { targets } = resolveTargets([gateway({ url: 'https://gw.example/base//?x=1#y' })], places);
  expect(targets[0]).toMatchObject({ id: 'gw', kind: 'gateway', url: new URL('https://gw.example/base') });
});

test('a virtual key is there and is not printed', () => {
  const { targets } = resolveTargets([gateway({ virtualKey: 'sk-bf-s3cret' })], places);
  const target = targets[0];
  expect(target?.kind === 'gateway' && target.virtualKey).toBe('sk-bf-s3cret');
  expect(JSON.stringify(targets) + inspect(targets, { depth: 9 })).not.toContain('s3cret');
});

test('HEIMDALL_VIRTUAL_KEY goes to a gateway that names no key of its own, and to no other', () => {
  const env = { HEIMDALL_VIRTUAL_KEY: 'vk-env' };
  const { targets } = resolveTargets([gateway(), gateway({ id: 'own', virtualKey: 'vk-own' })], { ...places, env });
  expect(targets.map((target) => target.kind === 'gateway' && target.virtualKey)).toEqual(['vk-env', 'vk-own']);
});

test.each([
  ['http://gw.example', ['gateway-insecure']],
  ['http://127.0.0.1:8080', []],
  ['http://localhost:8080', []],
  ['http://[::1]:8080', []],
  ['https://gw.example', []],
])('plain HTTP to another machine is a concern: %s', (url, codes) => {
  expect(resolveTargets([gateway({ url })], places).concerns.map((concern) => concern.code)).toEqual(codes);
});

test('a promised key that is missing and a key file that others can read are concerns', () => {
  expect(resolveTargets([gateway({ virtualKey: { env: 'NONE' } })], places).concerns).toEqual([
    { code: 'secret-missing', detail: 'gw: the environment variable NONE is not set' },
  ]);
  expect(resolveTargets([gateway({ virtualKey: { file: '/vk' } })], places).concerns).toEqual([{ code: 'secret-exposed', detail: '/vk' }]);
});

test.each([
  ['two targets of one id', [gateway(), { id: 'gw', kind: 'origin' } as const], /Two targets have the id "gw"/],
  ['a password in a URL', [gateway({ url: 'https://ann:s3cret@gw.example' })], /holds a user name or a password/],
])('%s are refused', (_name, settings, message) => {
  expect(() => resolveTargets(settings, places)).toThrow(message);
});

test('a virtual key that no gateway can take is a concern', () => {
  const env = { HEIMDALL_VIRTUAL_KEY: 'vk-env' };
  expect(resolveTargets([], { ...places, env }).concerns).toEqual([{ code: 'key-without-gateway', detail: 'HEIMDALL_VIRTUAL_KEY' }]);
  expect(resolveTargets([gateway()], { ...places, env }).concerns).toEqual([]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layerOf, mergeLayers } from '../../../src/config/layers.ts';
import type { Layer } from '../../../src/config/layers.ts';

const layers: Layer[] = [
  { name: 'managed', tree: { network: { connectTimeoutMs: 1 } } },
  { name: 'user', tree: { network: { connectTimeoutMs: 2, answerTimeoutMs: 2, extraRoots: ['u'] }, port: 2 } },
  { name: 'environment', tree: { network: { extraRoots: ['e', 'f'] }, port: 3, log: { level: 'debug' } } },
];

test('groups merge key by key, lists and values are replaced by the stronger layer', () => {
  expect(mergeLayers(layers)).toEqual({ network: { connectTimeoutMs: 1, answerTimeoutMs: 2, extraRoots: ['u'] }, port: 2, log: { level: 'debug' } });
});

test.each([
  ['network.connectTimeoutMs', 'managed'],
  ['network.answerTimeoutMs', 'user'],
  ['port', 'user'],
  ['log.level', 'environment'],
  ['audit.retentionDays', 'default'],
  ['network.nothing', 'default'],
  ['toString', 'default'],
])('%s comes from the %s layer', (path, layer) => {
  expect(layerOf(layers, path.split('.'))).toBe(layer);
});

test('a key named __proto__ changes no prototype', () => {
  const tree = JSON.parse('{"network":{"connectTo":{"__proto__":{"polluted":true}}}}') as Record<string, unknown>;
  const merged = mergeLayers([
    { name: 'user', tree },
    { name: 'environment', tree: { network: { connectTo: { a: 'b' } } } },
  ]);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.getPrototypeOf((merged['network'] as Record<string, unknown>)['connectTo'])).toBe(Object.prototype);
});

test('the strongest layer that has a value gives it, whatever the others hold', () => {
  const value = fc.option(fc.integer(), { nil: undefined });
  fc.assert(
    fc.property(value, value, value, (managed, user, environment) => {
      const each: Layer[] = [
        { name: 'managed', tree: { x: managed } },
        { name: 'user', tree: { x: user } },
        { name: 'environment', tree: { x: environment } },
      ];
      expect(mergeLayers(each)['x']).toBe(managed ?? user ?? environment);
    }),
  );
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mayUse, newVirtualKey, VirtualKeys } from '../../../src/budgets/virtual-keys.ts';
import { VirtualKeySettings } from '../../../src/contract/budget.ts';
import { AgentError } from '../../../src/contract/errors.ts';

const settings = (changes: Partial<VirtualKeySettings> = {}): VirtualKeySettings => VirtualKeySettings.parse({ id: 'team-a', ...changes });
const digest = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const keysOf = (...secrets: string[]): VirtualKeys => new VirtualKeys(secrets.map((secret) => ({ id: secret, secret, settings: settings({ id: secret }) })));

describe('a virtual key', () => {
  it('is found by its secret, whether the settings have the secret or its digest', () => {
    const [a, b] = [settings({ id: 'a' }), settings({ id: 'b' })];
    const keys = new VirtualKeys([
      { id: 'a', secret: 'sk-hd-one', settings: a },
      { id: 'b', sha256: digest('sk-hd-two').toUpperCase(), settings: b },
    ]);
    expect(keys.find(['x-bf-vk', 'sk-hd-one'])).toEqual({ kind: 'key', settings: a });
    expect(keys.find(['x-bf-vk', 'sk-hd-two'])).toEqual({ kind: 'key', settings: b });
    for (const wrong of ['sk-hd-on', 'sk-hd-onee', 'SK-HD-ONE', digest('sk-hd-two')]) expect(keys.find(['x-bf-vk', wrong])).toEqual({ kind: 'unknown' });
  });

  it('is told apart from an unknown one after the moment it expires', () => {
    let now = Date.parse('2026-11-22T10:59:59.999Z');
    const key = settings({ expires: '2026-11-22T12:00:00+01:00' });
    const keys = new VirtualKeys([{ id: key.id, secret: 's', settings: key }], () => now);
    expect(keys.find(['x-bf-vk', 's'])).toEqual({ kind: 'key', settings: key });
    now += 1;
    expect(keys.find(['x-bf-vk', 's'])).toEqual({ kind: 'expired', settings: key });
  });

  it('cannot be two, and its digest has to be one', () => {
    const twins = ['a', 'b'].map((id) => ({ id, secret: 'same', settings: settings({ id }) }));
    expect(() => new VirtualKeys(twins)).toThrow(AgentError);
    expect(() => new VirtualKeys(twins)).toThrow(/a and b/);
    expect(() => new VirtualKeys([{ id: 'a', sha256: 'abc', settings: settings() }])).toThrow(/64 hexadecimal/);
  });

  it('allows the models its settings name, by provider and model or bare', () => {
    const key = settings({ models: ['openai/gpt-4o*', 'claude-*'] });
    expect(mayUse(key, 'openai', 'gpt-4o-mini')).toBe(true);
    expect(mayUse(key, 'OpenAI', 'GPT-4o')).toBe(true);
    expect(mayUse(key, 'bedrock', 'claude-opus-4-1')).toBe(true);
    expect(mayUse(key, undefined, 'claude-opus-4-1')).toBe(true);
    expect(mayUse(key, 'azure', 'gpt-4o')).toBe(false);
    expect(mayUse(key, 'openai', 'o3')).toBe(false);
    expect(mayUse(key, undefined, 'gpt-4o')).toBe(false);
    expect(mayUse(key, 'openai', undefined)).toBe(false);
  });

  it('allows all models where its settings name none', () => {
    expect([mayUse(settings(), 'azure', 'gpt-4o'), mayUse(settings(), undefined, undefined)]).toEqual([true, true]);
  });

  it('is made of 32 characters that no URL or shell minds, and never twice', () => {
    const made = Array.from({ length: 100 }, newVirtualKey);
    for (const key of made) expect(key).toMatch(/^sk-hd-[A-Za-z0-9_-]{32}$/);
    expect(new Set(made).size).toBe(made.length);
  });
});

describe('the key of a request', () => {
  const places: readonly (readonly [string, string])[] = [
    ['X-BF-VK', 'one'],
    ['Authorization', 'bearer  two '],
    ['x-api-key', 'three'],
    ['X-Goog-Api-Key', 'four'],
    ['api-key', 'five'],
  ];
  const path = '/v1beta/models/x:generateContent?alt=sse&key=six';
  const names = ['one', 'two', 'three', 'four', 'five', 'six'];

  it('is read from each place clients put one, the first of them first', () => {
    const keys = keysOf(...names);
    for (const [from, id] of names.entries()) {
      // Backwards on the wire: the order of places counts, not of lines.
      expect(keys.find(places.slice(from).reverse().flat(), path)).toMatchObject({ kind: 'key', settings: { id } });
    }
  });

  it('is found beside the key of a provider', () => {
    expect(keysOf('four').find(places.flat(), path)).toMatchObject({ kind: 'key', settings: { id: 'four' } });
    expect(keysOf('other').find(places.flat(), path)).toEqual({ kind: 'unknown' });
  });

  it('is none where there is only another scheme, an empty value, or nothing', () => {
    const keys = keysOf('one');
    expect(keys.find(['Authorization', 'Basic dXNlcjpwYXNz', 'x-api-key', ' '])).toEqual({ kind: 'none' });
    expect(keys.find(['Host', 'x-api-key'], '/v1/models?key=')).toEqual({ kind: 'none' });
    expect(keys.find([], '/v1/models')).toEqual({ kind: 'none' });
  });
});

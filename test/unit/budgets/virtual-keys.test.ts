import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newVirtualKey, presentedIn, VirtualKeys } from '../../../src/budgets/virtual-keys.ts';
import { VirtualKeySettings } from '../../../src/contract/budget.ts';
import { AgentError } from '../../../src/contract/errors.ts';

const settings = (changes: Partial<VirtualKeySettings> = {}): VirtualKeySettings => VirtualKeySettings.parse({ id: 'team-a', ...changes });
const digest = (secret: string): string => createHash('sha256').update(secret).digest('hex');

describe('a virtual key', () => {
  it('is found by its secret, whether the settings have the secret or its digest', () => {
    const [a, b] = [settings({ id: 'a' }), settings({ id: 'b' })];
    const keys = new VirtualKeys([
      { id: 'a', secret: 'sk-hd-one', settings: a },
      { id: 'b', sha256: digest('sk-hd-two').toUpperCase(), settings: b },
    ]);
    expect(keys.find('sk-hd-one')).toEqual({ expired: false, key: a });
    expect(keys.find('sk-hd-two')).toEqual({ expired: false, key: b });
    for (const wrong of ['sk-hd-on', 'sk-hd-onee', 'SK-HD-ONE', '', digest('sk-hd-two')]) expect(keys.find(wrong)).toBeUndefined();
  });

  it('is told apart from an unknown one after the moment it expires', () => {
    let now = Date.parse('2026-11-22T10:59:59.999Z');
    const key = settings({ expires: '2026-11-22T12:00:00+01:00' });
    const keys = new VirtualKeys([{ id: key.id, secret: 's', settings: key }], () => now);
    expect(keys.find('s')).toEqual({ expired: false, key });
    now += 1;
    expect(keys.find('s')).toEqual({ expired: true, key });
  });

  it('cannot be two, and its digest has to be one', () => {
    const twins = ['a', 'b'].map((id) => ({ id, secret: 'same', settings: settings({ id }) }));
    expect(() => new VirtualKeys(twins)).toThrow(AgentError);
    expect(() => new VirtualKeys(twins)).toThrow(/a and b/);
    expect(() => new VirtualKeys([{ id: 'a', sha256: 'abc', settings: settings() }])).toThrow(/64 hexadecimal/);
  });

  it('allows the models its settings name, by provider and model or bare', () => {
    const key = settings({ models: ['openai/gpt-4o*', 'claude-*'] });
    const keys = new VirtualKeys([{ id: key.id, secret: 's', settings: key }]);
    expect(keys.mayUse(key, 'openai', 'gpt-4o-mini')).toBe(true);
    expect(keys.mayUse(key, 'OpenAI', 'GPT-4o')).toBe(true);
    expect(keys.mayUse(key, 'bedrock', 'claude-opus-4-1')).toBe(true);
    expect(keys.mayUse(key, undefined, 'claude-opus-4-1')).toBe(true);
    expect(keys.mayUse(key, 'azure', 'gpt-4o')).toBe(false);
    expect(keys.mayUse(key, 'openai', 'o3')).toBe(false);
    expect(keys.mayUse(key, undefined, 'gpt-4o')).toBe(false);
    expect(keys.mayUse(key, 'openai', undefined)).toBe(false);
  });

  it('allows all models where its settings name none', () => {
    const keys = new VirtualKeys([{ id: 'team-a', secret: 's', settings: settings() }]);
    expect([keys.mayUse(settings(), 'azure', 'gpt-4o'), keys.mayUse(settings(), undefined, undefined)]).toEqual([true, true]);
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
  const query = '?alt=sse&key=six';

  it('is read from each place clients put one, the first of them first', () => {
    for (const [from, key] of ['one', 'two', 'three', 'four', 'five', 'six'].entries()) {
      // Backwards on the wire: the order of places counts, not of lines.
      expect(presentedIn(places.slice(from).reverse().flat(), query)[0]).toBe(key);
    }
  });

  it('is none where there is only another scheme, an empty value, or nothing', () => {
    expect(presentedIn(['Authorization', 'Basic dXNlcjpwYXNz', 'x-api-key', ' '])).toEqual([]);
    expect(presentedIn(['Host', 'x-api-key'], '?key=')).toEqual([]);
    expect(presentedIn([], '')).toEqual([]);
  });
});

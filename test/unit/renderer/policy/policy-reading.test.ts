import { describe, expect, it } from 'vitest';
import { originOf } from '../../../../renderer/views/policy/part-origin.ts';
import { readPolicy } from '../../../../renderer/views/policy/policy-reading.ts';
import { trialInput } from '../../../../renderer/views/policy/trial-input.ts';
import { Policy } from '../../../../src/contract/policy.ts';
import { PolicyTrialInput } from '../../../../src/contract/policy-view.ts';
import { defaultPolicy } from '../../../../src/policy/default-policy.ts';

describe('reading the policy', () => {
  it('reads the built-in policy whole', () => {
    const read = readPolicy(defaultPolicy);
    expect(read.skipped).toBe(0);
    expect(read.rules.map(({ id, action }) => [id, action])).toEqual([['redact-credentials', 'redact']]);
    expect(read.rules[0]?.conditions[0]).toMatchObject({ field: 'findings', values: defaultPolicy.rules[0]?.when.findings });
    expect(read.failures).toEqual(defaultPolicy.failures);
  });

  it('takes the values the contract takes where the file says nothing', () => {
    const whole = Policy.parse({ version: 1 });
    const read = readPolicy({});
    expect(read.content).toEqual(whole.content);
    expect(read.user).toEqual(whole.user);
    expect(read.failures).toEqual({ onGatewayDown: 'closed', onUnreadable: 'closed', onPolicyError: 'closed' });
  });

  it('asks as the contract asks where the rule says nothing', () => {
    const given = { version: 1, rules: [{ id: 'a', action: 'ask', when: { app: 'x' }, ask: {} }] };
    expect(readPolicy(given).rules[0]?.ask).toEqual(Policy.parse(given).rules[0]?.ask);
  });

  it('turns one name and many into a list', () => {
    const [rule] = readPolicy({ rules: [{ id: 'a', action: 'block', when: { app: 'cursor', host: ['a', 'b'] } }] }).rules;
    expect(rule?.conditions).toEqual([
      { field: 'app', values: ['cursor'] },
      { field: 'host', values: ['a', 'b'] },
    ]);
  });

  it('leaves out, and counts, a rule with a condition it does not know: it would read wider than it is', () => {
    const read = readPolicy({
      rules: [
        { id: 'a', action: 'block', when: { weather: 'bad' } },
        { id: 'b', action: 'explode' },
      ],
    });
    expect(read.rules).toEqual([]);
    expect(read.skipped).toBe(2);
  });

  it('survives what is no policy', () => {
    for (const odd of [null, 1, 'text', [], { rules: 'none', apps: [], surfaces: [null] }]) expect(readPolicy(odd).rules).toEqual([]);
  });
});

describe('the origin of a part', () => {
  const info = {
    origin: 'default',
    parts: [
      { path: 'rules', origin: 'managed', value: [] },
      { path: 'rules.a.b', origin: 'user', value: {} },
    ],
  } as const;

  it('is its own, else that of the part around it, else that of the policy', () => {
    expect(originOf(info, 'rules.a.b')).toBe('user');
    expect(originOf(info, 'rules.c')).toBe('managed');
    expect(originOf(info, 'content.keep')).toBe('default');
  });
});

describe('the form of the tester', () => {
  it('leaves empty fields to the agent', () => {
    const input = trialInput({ body: 'hello', host: ' ', path: '', app: '' });
    expect(input).toEqual({ body: 'hello' });
    expect(PolicyTrialInput.safeParse(input).success).toBe(true);
  });

  it('asks nothing without a text, and nothing beyond the limit', () => {
    expect(trialInput({ body: ' \n', host: '', path: '', app: '' })).toBeUndefined();
    expect(trialInput({ body: 'x'.repeat(1_048_577), host: '', path: '', app: '' })).toBeUndefined();
  });
});

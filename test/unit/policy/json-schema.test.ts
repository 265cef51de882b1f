import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from '../../../src/contract/schema.ts';
import { parseYaml } from '../../../src/contract/yaml-text.ts';
import { compilePolicy } from '../../../src/policy/compile.ts';
import { defaultPolicy } from '../../../src/policy/default-policy.ts';
import { policyJsonSchema } from '../../../src/policy/json-schema.ts';
import { parsePolicy } from '../../../src/policy/parse.ts';

const fileOf = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const published: unknown = JSON.parse(fileOf('schema/policy.schema.json'));
const example = fileOf('examples/policy.yaml');

describe('the published JSON Schema', () => {
  it('equals the schema the agent validates with', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });

  it('accepts the example and the default policy', () => {
    const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]);
    expect(schema.safeParse(parseYaml(example, 'examples/policy.yaml').value).error).toBeUndefined();
    expect(schema.safeParse(defaultPolicy).error).toBeUndefined();
  });

  it.each([
    {},
    { version: 2 },
    { version: 1, rule: [] },
    { version: 1, rules: [{ id: 'a', action: 'deny' }] },
    { version: 1, rules: [{ id: 'a b', action: 'allow' }] },
  ])('refuses %j', (policy) => {
    const schema = z.fromJSONSchema(published as Parameters<typeof z.fromJSONSchema>[0]);
    expect(schema.safeParse(policy).success).toBe(false);
  });
});

describe('the example policy', () => {
  it('is read by the agent, rule for rule', () => {
    const policy = parsePolicy(example, 'examples/policy.yaml');
    expect(policy.rules.map(({ id, action }) => `${id}: ${action}`)).toEqual([
      'no-private-keys: block',
      'redact-credentials: redact',
      'finance-may-send-accounts: allow',
      'redact-payment-data: redact',
      'no-preview-models: block',
      'ask-for-costly-models: ask',
    ]);
  });
});

describe('the default policy', () => {
  it('is one a file could hold', () => {
    expect(parsePolicy(JSON.stringify(defaultPolicy), 'default')).toEqual(defaultPolicy);
  });

  it('blocks nothing, redacts unmistakable credentials alone, and is closed but for unreadable bodies', () => {
    expect(defaultPolicy.rules.map(({ action }) => action)).toEqual(['redact']);
    const wanted = defaultPolicy.rules[0]?.when.findings;
    for (const personal of ['email', 'card-number', 'iban', 'jwt', 'any']) expect(wanted).not.toContain(personal);
    const compiled = compilePolicy(defaultPolicy, { revision: 'default', fingerprint: (value) => value });
    const surface = { provider: 'openai', product: 'x', pattern: 'x', kind: 'api', handling: 'intercept', forward: 'route' } as const;
    expect(compiled.failMode('onGatewayDown', surface, 'x')).toBe('closed');
    expect(compiled.failMode('onUnreadable', surface, 'x')).toBe('open');
    expect(compiled.failMode('onPolicyError', surface, 'x')).toBe('closed');
  });
});

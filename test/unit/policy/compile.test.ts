import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision, Finding, Surface, TextSpan } from '../../../src/contract/exchange.ts';
import { Policy } from '../../../src/contract/policy.ts';
import type { CompiledPolicy, PolicyInput } from '../../../src/contract/policy.ts';
import { compilePolicy } from '../../../src/policy/compile.ts';
import { applyEdits } from '../../../src/policy/redact.ts';
import { factsOf } from '../request-facts.ts';
import { bodyOf, escaped, jsonOf } from './json-text-span.ts';

const surface: Surface = { provider: 'openai', product: 'OpenAI API', pattern: 'api.openai.com', kind: 'api', handling: 'intercept', forward: 'route' };
const key = 'AKIAIOSFODNN7EXAMPLE';
const mail = 'jane@example.com';
const printOf = (value: string): string => `print of ${value}`;

function compile(policy: Omit<Policy, 'version'> | object): CompiledPolicy {
  return compilePolicy(Policy.parse({ version: 1, ...policy }), { revision: 'abc', fingerprint: printOf });
}

function inputOf(spans: readonly TextSpan[], changes: Partial<PolicyInput> = {}, model: string | undefined = 'gpt-5-mini'): PolicyInput {
  return { app: 'Claude-Code', host: 'api.openai.com', surface, dialect: 'openai-chat', facts: factsOf({ model, spans }), ...changes };
}

function decide(rules: object[], texts: readonly string[] = ['hello'], changes: Partial<PolicyInput> = {}): Decision {
  return compile({ rules }).evaluate(inputOf(bodyOf(texts).spans, changes));
}

describe('the order of rules', () => {
  it('allows where no rule says anything', () => {
    expect(decide([])).toEqual({ action: 'allow', rule: undefined, findings: [] });
    expect(decide([{ id: 'other', action: 'block', when: { model: 'claude*' } }])).toMatchObject({ action: 'allow', rule: undefined });
  });

  it('stops at the first rule that allows', () => {
    const decision = decide([
      { id: 'let', action: 'allow', when: { app: 'claude-code' } },
      { id: 'stop', action: 'block' },
    ]);
    expect(decision).toMatchObject({ action: 'allow', rule: 'let' });
  });

  it('stops at the first rule that blocks, and says its message', () => {
    const decision = decide([
      { id: 'stop', action: 'block', message: 'Not here.' },
      { id: 'let', action: 'allow' },
    ]);
    expect(decision).toEqual({ action: 'block', rule: 'stop', message: 'Not here.', findings: [] });
  });

  it('names the rule in the message of a block that brings none', () => {
    expect(decide([{ id: 'stop', action: 'block' }])).toMatchObject({ message: expect.stringContaining('"stop"') as string });
  });

  it('marks the findings of a redaction and goes on', () => {
    const redact = { id: 'r', action: 'redact', when: { findings: 'aws-access-key' } };
    expect(decide([redact, { id: 'stop', action: 'block' }], [key])).toMatchObject({ action: 'block', rule: 'stop' });
    expect(decide([redact, { id: 'let', action: 'allow' }], [key])).toMatchObject({
      action: 'redact',
      rule: 'r',
      edits: [{ replacement: '[REDACTED:aws-access-key]' }],
    });
    expect(decide([{ id: 'let', action: 'allow' }, redact], [key])).toMatchObject({ action: 'allow', rule: 'let' });
  });

  it('gathers the marks of several redactions under the first of them', () => {
    const decision = decide(
      [
        { id: 'a', action: 'redact', when: { findings: 'email' } },
        { id: 'b', action: 'redact', when: { findings: ['aws-access-key', 'email'] } },
      ],
      [`${key} ${mail}`],
    );
    expect(decision).toMatchObject({ action: 'redact', rule: 'a', edits: [{ replacement: '[REDACTED:aws-access-key]' }, { replacement: '[REDACTED:email]' }] });
  });

  it('redacts what the rule names and records the rest', () => {
    const decision = decide([{ id: 'a', action: 'redact', when: { findings: 'email' } }], [key, mail]);
    expect(decision.findings.map(({ detector }) => detector)).toEqual(['aws-access-key', 'email']);
    expect(decision.action === 'redact' ? decision.edits.length : 0).toBe(1);
  });

  it('passes a redaction by whose other conditions do not hold', () => {
    expect(decide([{ id: 'a', action: 'redact', when: { findings: 'any', app: 'cursor' } }], [key])).toMatchObject({ action: 'allow', rule: undefined });
  });
});

describe('a body of a thousand addresses', () => {
  it('is redacted in every one of them, and fingerprinted in the first 256', () => {
    const asked: string[] = [];
    const text = Array.from({ length: 1000 }, (_, index) => `user${index}@example.com`).join(' ');
    const policy = Policy.parse({ version: 1, rules: [{ id: 'mail', action: 'redact', when: { findings: 'email' } }] });
    const compiled = compilePolicy(policy, { revision: 'abc', fingerprint: (value) => `${asked.push(value)}` });
    const decision = compiled.evaluate(inputOf(bodyOf([text]).spans));
    expect(decision).toMatchObject({ action: 'redact', edits: { length: 1000 }, findings: { length: 1000 } });
    expect(asked).toHaveLength(256);
    expect(decision.findings.filter(({ fingerprint }) => fingerprint === '')).toHaveLength(744);
  });
});

describe('conditions', () => {
  const holds = (when: object, changes: Partial<PolicyInput> = {}, texts: readonly string[] = ['hello']): boolean =>
    decide([{ id: 'x', action: 'block', when }], texts, changes).action === 'block';

  it.each([
    [{}, true],
    [{ app: 'CLAUDE-code' }, true],
    [{ app: ['cursor', 'claude-*'] }, true],
    [{ app: 'claude' }, false],
    [{ host: '*.openai.com' }, true],
    [{ host: '*.com.openai' }, false],
    [{ provider: 'openai', product: 'openai api', model: 'gpt-*-mini', dialect: 'openai-chat' }, true],
    [{ provider: 'openai', model: 'gpt-4*' }, false],
    [{ model: 'gpt-5-mini*gpt-5-mini' }, false],
    [{ model: '*' }, true],
    [{ model: 'gpt.5.mini' }, false],
    [{ findings: 'any' }, false],
  ])('%j: %s', (when, expected) => {
    expect(holds(when)).toBe(expected);
  });

  it('looks at findings by detector', () => {
    expect(holds({ findings: 'any' }, {}, [mail])).toBe(true);
    expect(holds({ findings: ['iban', 'email'] }, {}, [mail])).toBe(true);
    expect(holds({ findings: 'iban' }, {}, [mail])).toBe(false);
  });

  it('lets an unknown fact match `*` and nothing else', () => {
    const unknown = { app: undefined, dialect: 'native', facts: undefined } as const;
    expect(holds({ app: '*', model: '*', dialect: 'native' }, unknown)).toBe(true);
    expect(holds({ app: 'claude*' }, unknown)).toBe(false);
    expect(holds({ model: 'gpt*' }, unknown)).toBe(false);
  });

  it('matches wildcards as the regular expression they stand for', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const value = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(piece, value, (pattern, model) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(model);
        const rules = [{ id: 'x', action: 'block', when: { model: pattern } }];
        expect(compile({ rules }).evaluate(inputOf([], {}, model)).action === 'block').toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('survives many stars against a long name', () => {
    const rules = [{ id: 'x', action: 'block', when: { model: `${'*a'.repeat(200)}*b` } }];
    expect(compile({ rules }).evaluate(inputOf([], {}, 'a'.repeat(200_000))).action).toBe('allow');
  });
});

describe('findings', () => {
  it('are recorded even where no rule asks for them', () => {
    const { spans } = bodyOf(['mail me', mail, key], 'tool');
    const decision = compile({}).evaluate(inputOf(spans));
    expect(decision.action).toBe('allow');
    expect(decision.findings).toEqual([
      { detector: 'email', role: 'tool', start: spans[1]?.start, end: spans[1]?.end, fingerprint: printOf(mail) },
      { detector: 'aws-access-key', role: 'tool', start: spans[2]?.start, end: spans[2]?.end, fingerprint: printOf(key) },
    ]);
  });

  it('never hold the value', () => {
    const policy = compilePolicy(Policy.parse({ version: 1 }), { revision: 'x', fingerprint: () => 'print' });
    expect(JSON.stringify(policy.evaluate(inputOf(bodyOf([key, mail]).spans)))).not.toMatch(/AKIA|jane/);
  });

  it('are fingerprinted once for each value', () => {
    const asked: string[] = [];
    const fingerprint = (value: string): string => `print ${asked.push(value)}`;
    const policy = compilePolicy(Policy.parse({ version: 1 }), { revision: 'x', fingerprint });
    const { findings } = policy.evaluate(inputOf(bodyOf([`${mail} ${mail}`, mail]).spans));
    expect(findings.map((finding) => finding.fingerprint)).toEqual(['print 1', 'print 1', 'print 1']);
  });

  it('always cover exactly the bytes of the value, however the JSON escapes it', () => {
    const noise = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `${text} `);
    const value = fc.constantFrom(key, mail, 'DE89 3704 0044 0532 0130 00', '4111-1111-1111-1111', `ghp_${'a1'.repeat(18)}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, value, noise), { minLength: 1, maxLength: 4 }), fc.boolean(), (parts, escapeAll) => {
        const escape = escapeAll ? escaped : jsonOf;
        const { body, spans } = bodyOf(
          parts.map(([before, middle, after]) => `${before}${middle} ${after}`),
          'user',
          escape,
        );
        const { findings } = compile({}).evaluate(inputOf(spans));
        const valueIn = ({ start, end }: Finding): string => JSON.parse(`"${body.subarray(start, end).toString()}"`) as string;
        expect(findings.map((finding) => finding.fingerprint)).toEqual(findings.map((finding) => printOf(valueIn(finding))));
        expect(findings.map(valueIn)).toEqual(expect.arrayContaining(parts.map(([, middle]) => middle)));
      }),
    );
  });

  it('are seen inside JSON that stands in a JSON string', () => {
    const inner = JSON.stringify({ aws: key, nested: JSON.stringify({ mail }) });
    expect(
      compile({})
        .evaluate(inputOf(bodyOf([inner]).spans))
        .findings.map(({ detector }) => detector),
    ).toEqual(['aws-access-key', 'email']);
  });

  it('once redacted leave a body that still parses and holds no value', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.constantFrom(key, mail)), { minLength: 1, maxLength: 5 }), (parts) => {
        const texts = parts.map(([noise, value]) => `${noise} ${value}`);
        const { body, spans } = bodyOf(texts);
        const decision = compile({ rules: [{ id: 'all', action: 'redact', when: { findings: 'any' } }] }).evaluate(inputOf(spans));
        if (decision.action !== 'redact') throw new Error('nothing was redacted');
        const after = JSON.parse(applyEdits(body, decision.edits).toString()) as string[];
        expect(after).toHaveLength(texts.length);
        expect(after.join()).not.toMatch(/AKIAIOSFODNN7EXAMPLE|jane@example\.com/);
      }),
    );
  });
});

describe('a fault inside', () => {
  it('reaches the caller, who applies onPolicyError', () => {
    const broken: TextSpan = {
      role: 'user',
      start: 0,
      end: 1,
      text: () => {
        throw new Error('cannot decode');
      },
      bytesOf: () => ({ start: 0, end: 0 }),
    };
    expect(() => compile({}).evaluate(inputOf([broken]))).toThrow('cannot decode');
  });
});

describe('failMode', () => {
  it('is closed where nothing is said', () => {
    for (const event of ['onGatewayDown', 'onUnreadable', 'onPolicyError'] as const)
      expect(compile({}).failMode(event, surface, 'api.openai.com')).toBe('closed');
  });

  it('follows `failures`, and before it the first surface that matches and names the event', () => {
    const policy = compile({
      failures: { onGatewayDown: 'open' },
      surfaces: [
        { host: '*.anthropic.com', onGatewayDown: 'closed' },
        { provider: 'OpenAI', product: 'ChatGPT', onGatewayDown: 'closed' },
        { provider: 'OpenAI', onUnreadable: 'open' },
        { provider: 'openai', onUnreadable: 'closed', onPolicyError: 'open' },
      ],
    });
    expect(policy.failMode('onGatewayDown', surface, 'api.openai.com')).toBe('open');
    expect(policy.failMode('onGatewayDown', surface, 'API.Anthropic.com')).toBe('closed');
    expect(policy.failMode('onGatewayDown', { ...surface, product: 'ChatGPT' }, 'chatgpt.com')).toBe('closed');
    expect(policy.failMode('onUnreadable', surface, 'api.openai.com')).toBe('open');
    expect(policy.failMode('onPolicyError', surface, 'api.openai.com')).toBe('open');
    expect(policy.failMode('onPolicyError', { ...surface, provider: 'google' }, 'x')).toBe('closed');
  });
});

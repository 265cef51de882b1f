import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/contract/exchange.ts';
import type { PolicyInput } from '../../../src/contract/policy.ts';
import { compileDecision } from '../../../src/policy/compile.ts';
import { parsePolicy } from '../../../src/policy/parse.ts';
import { traceRules } from '../../../src/policy/trace.ts';
import { factsOf } from '../request-facts.ts';

const surface = { provider: 'openai', product: 'x', pattern: 'x', kind: 'api', handling: 'intercept', forward: 'route' } as const;
const input: PolicyInput = {
  app: undefined,
  host: 'api.openai.com',
  surface,
  dialect: 'openai-chat',
  facts: factsOf(),
};
const found: Finding = { detector: 'email', role: 'user', start: 0, end: 3, fingerprint: '' };
const policy = parsePolicy(
  JSON.stringify({
    version: 1,
    rules: [
      { id: 'app', action: 'block', when: { app: 'aider' } },
      { id: 'cards', action: 'block', when: { findings: 'card-number' } },
      { id: 'mail', action: 'redact', when: { findings: ['email'] } },
      { id: 'model', action: 'ask', when: { model: ['gpt-*', 'o3'], provider: 'openai' }, ask: { otherwise: 'allow' } },
      { id: 'rest', action: 'block' },
    ],
  }),
  'p.json',
);

describe('a trace', () => {
  it('says of each rule whether it held and why, and agrees with the decision', () => {
    expect(traceRules(policy, input, [found, found])).toEqual([
      { rule: 'app', action: 'block', verdict: 'not-matched', why: 'The app is not known; the rule asks for "aider".' },
      { rule: 'cards', action: 'block', verdict: 'not-matched', why: 'Found was email (2 times); the rule asks for "card-number".' },
      { rule: 'mail', action: 'redact', verdict: 'matched', why: 'Found was email (2 times), as the rule asks.' },
      { rule: 'model', action: 'ask', verdict: 'matched', why: 'The provider is "openai" and the model is "gpt-5", as the rule asks.' },
      { rule: 'rest', action: 'block', verdict: 'not-reached', why: 'The rule "model" above ended the reading.' },
    ]);
    expect(compileDecision(policy)(input, [found])).toMatchObject({
      action: 'ask',
      rule: 'model',
      ask: { otherwise: 'allow', seconds: 60, justification: true },
      edits: [{ start: 0, end: 3, replacement: '[REDACTED:email]' }],
    });
  });
});

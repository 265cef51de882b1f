import { expect, test } from 'vitest';
import { walkOf } from '../../../../renderer/views/activity/walk.ts';
import type { AuditRecord } from '../../../../src/contract/audit.ts';
import { row } from './rows.ts';

const walk = (over: Partial<AuditRecord>): string[] => walkOf(row(7, over)).map(({ title, text, tone }) => `${title} [${tone}] ${text}`);

test('a redacted call that failed over to a second target', () => {
  expect(
    walk({
      outcome: 'redacted',
      peer: { pid: 12, executable: '/usr/bin/claude', app: 'claude-code' },
      product: 'Anthropic API',
      host: 'api.anthropic.com',
      dialect: 'anthropic-messages',
      model: 'claude',
      stream: true,
      decision: 'redact',
      rule: 'secrets',
      redactions: 2,
      findings: [{ detector: 'aws-access-key', count: 2, fingerprints: ['aa'] }],
      attempts: [
        { target: 'gw-1', kind: 'gateway', status: undefined, error: 'gateway-unreachable', milliseconds: 5 },
        { target: 'gw-2', kind: 'gateway', status: 200, error: undefined, milliseconds: 80.4 },
      ],
      status: 200,
      firstTokenMs: 95,
      stopReason: 'end_turn',
    }),
  ).toEqual([
    'Seen [plain] claude-code (process 12) connected to api.anthropic.com',
    'Recognised [plain] Anthropic API, an inference call (anthropic-messages)',
    'Read [plain] Model claude, streamed',
    'Found [changed] aws-access-key × 2',
    'Decided [changed] Redacted, by rule secrets, 2 replacements',
    'Attempt 1 [failed] gw-1: gateway-unreachable',
    'Attempt 2 [good] gw-2 answered with 200',
    'Answered [good] Status 200, first token after 95 ms, ended by end_turn',
    'Recorded [plain] Row 7 of the chain',
  ]);
});

test('a blocked call ends at the decision', () => {
  const steps = walk({
    outcome: 'refused',
    product: 'OpenAI API',
    dialect: 'openai-chat',
    decision: 'block',
    rule: 'no-keys',
    status: 403,
    error: { code: 'policy-blocked', message: 'Keys stay here.' },
  });
  expect(steps.slice(3)).toEqual([
    'Found [skipped] Nothing was found in its text',
    'Decided [stopped] Blocked, by rule no-keys',
    'Answered [stopped] The app was given status 403',
    'Stopped [stopped] Keys stay here.',
    'Recorded [plain] Row 7 of the chain',
  ]);
});

test('a question says who answered it, and the justification', () => {
  const step = (asked: NonNullable<AuditRecord['asked']>): string =>
    walk({ dialect: 'openai-chat', decision: 'allow', asked }).find((line) => line.startsWith('Asked')) ?? '';
  expect(step({ answer: 'allow', by: 'user', waitedMs: 4_200, justification: 'a test' })).toContain('The person chose to allow after 4.20 s');
  expect(step({ answer: 'block', by: 'timeout', waitedMs: 30_000 })).toContain('Nobody answered within 30.0 s');
  expect(step({ answer: 'block', by: 'nobody', waitedMs: 0 })).toContain('No window was open');
});

test('what was not read says so', () => {
  expect(walk({ dialect: 'native', product: 'OpenAI API', method: 'GET', path: '/v1/models' })).toContain('Read [skipped] Its body was not read');
  expect(walk({ kind: 'tunnel', outcome: 'tunnelled' })).toContain('Tunnel [skipped] Encrypted bytes passed untouched');
  expect(walk({ kind: 'tunnel', outcome: 'tunnelled', note: 'learned-pinned: as it was.' })).toContain('Tunnel [skipped] learned-pinned: as it was.');
  expect(walk({ kind: 'handshake', outcome: 'failed-closed', handshake: 'cert-rejected' })).toContain(
    'Handshake failed [failed] The app did not accept Heimdall’s certificate',
  );
  expect(walk({ kind: 'tunnel', outcome: 'tunnelled' })[0]).toBe('Seen [plain] A program that could not be told connected to api.openai.com');
});

test('a note of the agent is the note and its row', () => {
  expect(walk({ kind: 'note', outcome: 'native', host: '', note: 'The agent was paused.' })).toEqual([
    'Noted [plain] The agent was paused.',
    'Recorded [plain] Row 7 of the chain',
  ]);
});

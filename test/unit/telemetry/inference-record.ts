import type { AuditRecord } from '../../../src/contract/audit.ts';
import type { Attempt } from '../../../src/contract/exchange.ts';

/** What stands in it and must never leave: a path, a finding's fingerprint, the text of an error, a justification. */
export const secrets = ['/v1/users/ann/messages', 'f1ngerpr1nt', 'the prompt said hello', 'because I must', '/home/ann/bin/claude'];

export const attempt = (own: Partial<Attempt> = {}): Attempt => ({
  target: 'gateway-eu',
  kind: 'gateway',
  status: 200,
  error: undefined,
  milliseconds: 250,
  ...own,
});

/** A streamed call that went well. */
export const inference = (own: Partial<AuditRecord> = {}): AuditRecord => ({
  id: '01990000-0000-7000-8000-000000000001',
  kind: 'exchange',
  startedAt: 1_790_000_000_123,
  durationMs: 2_000,
  outcome: 'forwarded',
  peer: { pid: 7, executable: '/home/ann/bin/claude', app: 'claude-code' },
  host: 'api.anthropic.com',
  port: 443,
  provider: 'anthropic',
  method: 'POST',
  path: '/v1/users/ann/messages',
  dialect: 'anthropic-messages',
  model: 'claude-sonnet',
  stream: true,
  decision: 'allow',
  rule: 'let-it',
  findings: [{ detector: 'email', count: 1, fingerprints: ['f1ngerpr1nt'] }],
  target: 'gateway-eu',
  targetKind: 'gateway',
  route: 'work',
  virtualKey: 'team-a',
  attempts: [attempt()],
  status: 200,
  usage: { inputTokens: 100, outputTokens: 40, cachedInputTokens: 30, cacheWriteTokens: 20 },
  costUsd: 0.5,
  stopReason: 'end_turn',
  firstTokenMs: 400,
  bytesFromClient: 1_500,
  bytesToClient: 90,
  ...own,
});

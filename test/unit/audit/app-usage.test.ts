import { expect, it } from 'vitest';
import { AppUsage } from '../../../src/audit/app-usage.ts';
import type { AuditRecord, AuditRow } from '../../../src/contract/audit.ts';

const record = (startedAt: number, more: Partial<AuditRecord>): AuditRecord => ({
  ...{
    id: String(startedAt),
    kind: 'exchange',
    startedAt,
    durationMs: 1,
    outcome: 'forwarded',
    host: 'api.openai.com',
    port: 443,
    bytesFromClient: 0,
    bytesToClient: 0,
  },
  ...{ provider: 'openai', peer: { pid: 1, executable: '/usr/bin/aider', app: 'aider' } },
  ...more,
});

it('keeps of each app the newest exchange, judged exchange, tunnel and broken handshake', async () => {
  const records = [
    record(5, { policyRevision: 'default', decision: 'allow' }),
    // What could not be read and was let pass was not held to policy.
    record(9, { policyRevision: 'default', outcome: 'failed-open' }),
    record(7, { kind: 'tunnel', outcome: 'tunnelled', host: 'chatgpt.com', note: 'learned-pinned: x' }),
    record(6, { kind: 'tunnel', outcome: 'tunnelled', host: 'chat.com' }),
    record(8, { kind: 'tunnel', outcome: 'tunnelled', host: 'example.com', provider: undefined }),
    record(3, { kind: 'handshake', outcome: 'failed-closed', handshake: 'reset' }),
    record(4, { kind: 'handshake', outcome: 'failed-closed', handshake: 'timeout' }),
    record(10, { peer: undefined }),
  ];
  const rows = records.map((each, index): AuditRow => ({ seq: index + 1, hash: '', record: each }));
  const usage = new AppUsage({
    query: ({ after = 0, limit = 50 }) => (limit === 1 ? rows.slice(-1) : rows.filter(({ seq }) => seq > after).slice(0, limit)),
    onAppended: () => () => undefined,
  });
  const figures = (await usage.figures()).get('aider');
  expect(figures).toMatchObject({
    lastExchange: { at: 9 },
    lastEnforced: { at: 5 },
    lastTunnel: { at: 7, host: 'chatgpt.com', why: 'learned-pinned: x' },
    lastRejection: { at: 3 },
    exchanges: 2,
    tunnels: 3,
  });
  expect([...(figures?.providers ?? [])]).toEqual([['openai', { at: 9, host: 'api.openai.com' }]]);
});

// What each message from agent and shell changes in the window's state.
import { describe, expect, it } from 'vitest';
import type { AskQuestion } from '../../../src/contract/ask.ts';
import type { AuditRow } from '../../../src/contract/audit.ts';
import type { Snapshot } from '../../../src/contract/control.ts';
import { applyMessage, emptyState, isConnected, recentLimit } from '../../../renderer/agent-events.ts';
import { noUsage, statusOf } from '../../e2e/fake-states.ts';

const row = (seq: number): AuditRow => ({
  seq,
  hash: '',
  record: {
    id: `row-${String(seq)}`,
    kind: 'tunnel',
    startedAt: seq,
    durationMs: 1,
    outcome: 'tunnelled',
    host: 'api.example.com',
    port: 443,
    bytesFromClient: 0,
    bytesToClient: 0,
  },
});
const rows = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => row(from + index));
const question = (id: string): AskQuestion => ({
  id,
  rule: 'ask-first',
  message: 'May this leave?',
  app: undefined,
  host: 'api.example.com',
  model: undefined,
  findings: [],
  needsJustification: false,
  askedAt: 0,
  deadline: 1,
  otherwise: 'block',
});
const status = statusOf('protected', { now: 0, dataDir: '/data', rows: 0, today: noUsage });
const snapshot = (recent: readonly AuditRow[], questions: readonly AskQuestion[] = []): Snapshot => ({ status, recent, questions });
const seqs = (state: typeof emptyState) => state.recent.map(({ seq }) => seq);

describe('what the window knows', () => {
  it('takes a snapshot whole, in place of what it knew, newest row first', () => {
    const before = applyMessage(emptyState, { kind: 'snapshot', snapshot: snapshot(rows(1, 9), [question('old')]) });
    const after = applyMessage(before, { kind: 'snapshot', snapshot: snapshot(rows(11, 13), [question('new')]) });
    expect(seqs(after)).toEqual([13, 12, 11]);
    expect(after.questions.map(({ id }) => id)).toEqual(['new']);
  });

  it('takes no row twice that a snapshot has overtaken', () => {
    const before = applyMessage(emptyState, { kind: 'snapshot', snapshot: snapshot(rows(1, 3)) });
    expect(seqs(applyMessage(before, { kind: 'rows', rows: rows(2, 5) }))).toEqual([5, 4, 3, 2, 1]);
    expect(applyMessage(before, { kind: 'rows', rows: rows(1, 3) }).recent).toBe(before.recent);
  });

  it('keeps a bounded number of rows, the newest', () => {
    const state = applyMessage(emptyState, { kind: 'rows', rows: rows(1, recentLimit + 20) });
    expect(state.recent).toHaveLength(recentLimit);
    expect(state.recent[0]?.seq).toBe(recentLimit + 20);
  });

  it('opens each question once and closes it', () => {
    const opened = ['a', 'b', 'a'].reduce((state, id) => applyMessage(state, { kind: 'ask-opened', question: question(id) }), emptyState);
    expect(opened.questions.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(applyMessage(opened, { kind: 'ask-closed', id: 'b' }).questions.map(({ id }) => id)).toEqual(['a']);
  });

  it('counts as connected only where an agent answers', () => {
    const states = ['connecting', 'attached', 'started', 'restarting', 'version-mismatch', 'failed'] as const;
    expect(states.filter((state) => isConnected({ state, detail: '', agentVersion: undefined, nextTryAt: undefined }))).toEqual(['attached', 'started']);
  });

  it('keeps the last status while the link is down', () => {
    const before = applyMessage(emptyState, { kind: 'status', status });
    const after = applyMessage(before, { kind: 'link', link: { state: 'restarting', detail: 'It stopped.', agentVersion: undefined, nextTryAt: undefined } });
    expect(after.status).toBe(status);
  });
});

import { describe, expect, it } from 'vitest';
import { Notices } from '../../../electron/notices.ts';
import type { Notice } from '../../../electron/notices.ts';
import type { AuditRow } from '../../../src/contract/audit.ts';
import type { Preferences } from '../../../src/contract/shell.ts';
import { record } from '../audit/audit-folder.fixture.ts';

let seq = 0;
const row = (changes: Partial<AuditRow['record']>): AuditRow => ({ seq: (seq += 1), hash: '', record: record(`id-${seq}`, changes) });
const blocked = (changes: Partial<AuditRow['record']> = {}) => row({ decision: 'block', outcome: 'refused', rule: 'no-keys', ...changes });
const redacted = () => row({ decision: 'redact', outcome: 'redacted', findings: [{ detector: 'email', count: 2, fingerprints: [] }] });

/** A clock that is turned by hand. */
function world(preference: Preferences['notifications'] = 'all') {
  let now = 1_000_000;
  const planned: { at: number; work: () => void }[] = [];
  const shown: Notice[] = [];
  const notices = new Notices({
    preference: () => preference,
    show: (notice) => shown.push(notice),
    now: () => now,
    later: (ms, work) => planned.push({ at: now + ms, work }),
  });
  const pass = (ms: number): void => {
    now += ms;
    for (const plan of planned.splice(0)) {
      if (plan.at <= now) plan.work();
      else planned.push(plan);
    }
  };
  return { notices, shown, pass };
}

describe('notifications', () => {
  it('tell of a block: which app, which host, which rule, and lead to that record', () => {
    const { notices, shown, pass } = world();
    const one = blocked({ findings: [{ detector: 'github-token', count: 1, fingerprints: [] }] });
    notices.take([one, row({})]);
    pass(1000);
    expect(shown).toEqual([{ title: 'A call was blocked', body: 'claude-code to api.anthropic.com, rule “no-keys”. Found: github-token.', id: one.record.id }]);
  });

  it('group what comes together, and come no more often than every fifteen seconds', () => {
    const { notices, shown, pass } = world();
    notices.take([blocked(), blocked()]);
    notices.take([redacted()]);
    pass(1000);
    expect(shown.map(({ title }) => title)).toEqual(['3 calls: 2 blocked, 1 redacted']);
    for (let index = 0; index < 50; index += 1) notices.take([blocked()]);
    pass(5000);
    expect(shown).toHaveLength(1);
    pass(10_000);
    expect(shown.map(({ title }) => title)).toEqual(['3 calls: 2 blocked, 1 redacted', '50 calls: 50 blocked']);
  });

  it('follow the preference, and leave out what the person decided just now', () => {
    const quiet = world('none');
    quiet.notices.take([blocked(), redacted()]);
    quiet.pass(20_000);
    expect(quiet.shown).toEqual([]);
    const blocks = world('blocks');
    blocks.notices.take([redacted(), blocked({ asked: { answer: 'block', by: 'user', waitedMs: 5 } })]);
    blocks.pass(20_000);
    expect(blocks.shown).toEqual([]);
    blocks.notices.take([blocked()]);
    blocks.pass(20_000);
    expect(blocks.shown).toHaveLength(1);
  });
});

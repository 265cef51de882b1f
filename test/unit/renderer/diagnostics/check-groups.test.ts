import { describe, expect, it } from 'vitest';
import { checkGroups, fixPlaceOf, reportText, summaryOf, worstVerdict } from '../../../../renderer/views/diagnostics/check-groups.ts';
import type { DiagnosticCheck } from '../../../../src/contract/diagnostics.ts';

const check = (id: string, verdict: DiagnosticCheck['verdict'], fix?: string): DiagnosticCheck => ({
  id,
  title: `Title ${id}`,
  verdict,
  tried: 't',
  seen: 's',
  fix,
});

describe('groups of checks', () => {
  it('stand worst first and leave out what is empty', () => {
    const groups = checkGroups([check('a', 'ok'), check('b', 'failed'), check('c', 'skipped'), check('d', 'failed')]);
    expect(groups.map(({ verdict, checks }) => [verdict, checks.map(({ id }) => id)])).toEqual([
      ['failed', ['b', 'd']],
      ['skipped', ['c']],
      ['ok', ['a']],
    ]);
  });

  it('take a skipped check for no fault', () => {
    expect(worstVerdict([check('a', 'ok'), check('b', 'skipped')])).toBe('ok');
    expect(worstVerdict([check('a', 'warning'), check('b', 'skipped')])).toBe('warning');
    expect(worstVerdict([check('a', 'warning'), check('b', 'failed')])).toBe('failed');
  });
});

describe('the place of a fix', () => {
  it('is the view in which it is made, and nowhere where nothing needs doing', () => {
    expect(fixPlaceOf(check('setup-trust', 'warning', 'Open the set-up.'))).toBe('settings');
    expect(fixPlaceOf(check('target-eu', 'failed', 'Check the network.'))).toBe('targets');
    expect(fixPlaceOf(check('disk', 'warning', 'Free some space.'))).toBeUndefined();
    expect(fixPlaceOf(check('setup-trust', 'ok'))).toBeUndefined();
  });
});

describe('the summary', () => {
  it('leads with the worst and counts the rest', () => {
    expect(summaryOf([check('a', 'failed'), check('b', 'warning'), check('c', 'ok'), check('d', 'skipped')])).toEqual({
      head: '1 check failed',
      rest: ['1 check needs attention', '1 passed', '1 not checked'],
    });
    expect(summaryOf([check('a', 'ok'), check('b', 'ok')])).toEqual({ head: 'All 2 checks passed', rest: [] });
  });
});

describe('the report as text', () => {
  it('names the agent, its link and every check with its fix, worst first', () => {
    const text = reportText({
      checks: [check('a', 'ok'), check('b', 'failed', 'Do this.')],
      status: undefined,
      link: { state: 'failed', detail: 'It does not start.', agentVersion: '1.2.3', nextTryAt: undefined },
      ranAt: 0,
    });
    expect(text).toBe(
      [
        'Heimdall 1.2.3, checked 1970-01-01T00:00:00.000Z',
        'Agent: Not running. It does not start.',
        '',
        'Checks',
        '',
        '[Failed] Title b (b)',
        '  Tried: t',
        '  Seen: s',
        '  What to do: Do this.',
        '',
        '[Passed] Title a (a)',
        '  Tried: t',
        '  Seen: s',
        '',
      ].join('\n'),
    );
  });
});

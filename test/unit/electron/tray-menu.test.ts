import { describe, expect, it } from 'vitest';
import { trayModel } from '../../../electron/tray-menu.ts';
import type { TrayItem, TrayModel } from '../../../electron/tray-menu.ts';
import type { AgentLink } from '../../../src/contract/shell.ts';
import type { AgentState, AgentStatus } from '../../../src/contract/status.ts';
import { status as base } from '../control/fixture.ts';
import { targetStatus } from '../target-status.ts';

const now = new Date(2026, 10, 22, 18, 0).getTime();
const attached: AgentLink = { state: 'attached', detail: 'Connected.', agentVersion: '0.1.0', nextTryAt: undefined };
const today = { exchanges: 1234, tunnels: 5, blocked: 7, redacted: 12, failed: 0, costUsd: 3.456, inputTokens: 1, outputTokens: 1 };

function model(changes: Partial<AgentStatus> = {}, link: AgentLink = attached): TrayModel {
  return trayModel({ link, status: { ...base, today, ...changes }, now });
}

const labels = (items: readonly TrayItem[]): string[] =>
  items.flatMap((item) => (item.kind === 'separator' ? [] : item.kind === 'menu' ? [item.label, ...labels(item.items)] : [item.label]));

describe('the tray menu', () => {
  const states: readonly (readonly [AgentState, string])[] = [
    ['off', 'Off'],
    ['starting', 'Starting'],
    ['protected', 'Protected'],
    ['degraded', 'Protected, with a reservation'],
    ['blocked', 'AI calls are refused'],
  ];
  it.each(states)('says %s in words, with the reason, in the tooltip and in its first lines', (state, words) => {
    const { state: shown, tooltip, items } = model({ state, reason: 'Because of this. And that.' });
    expect(shown).toBe(state);
    expect(tooltip).toBe(`Heimdall: ${words}. Because of this.`);
    expect(labels(items).slice(0, 3)).toEqual([words, 'Because of this.', 'And that.']);
  });

  it("shows today's figures, the spend, and the first target that is not down with its latency", () => {
    const targets = [
      targetStatus('eu', { state: 'down', detail: 'refused', latencyMs: 10, answered: 1 }),
      targetStatus('us', { latencyMs: 212.4, answered: 9 }),
    ];
    const shown = labels(model({ targets }).items);
    expect(shown).toContain('Today: 1,234 calls, 7 blocked, 12 redacted');
    expect(shown).toContain('Spend today: $3.46');
    expect(shown).toContain('Gateway us: 212 ms');
  });

  it('offers three pauses, until tomorrow ending at midnight', () => {
    const pause = model().items.find((item) => item.kind === 'menu');
    expect(pause?.kind === 'menu' ? pause.items : []).toMatchObject([
      { label: 'For 15 minutes', action: { kind: 'pause', minutes: 15 } },
      { label: 'For 1 hour', action: { kind: 'pause', minutes: 60 } },
      { label: 'Until tomorrow', action: { kind: 'pause', minutes: 360 } },
    ]);
  });

  it('offers only the pauses that policy allows, and says so where it allows none', () => {
    const rights = (changes: Partial<AgentStatus['rights']>) => ({ rights: { mayPause: true, longestPauseMinutes: 1440, mayQuit: true, ...changes } });
    expect(labels(model(rights({ longestPauseMinutes: 30 })).items)).not.toContain('For 1 hour');
    expect(labels(model(rights({ mayPause: false })).items)).toContain('Pausing is not allowed by your organisation’s policy.');
    const quit = model(rights({ mayQuit: false })).items.find((item) => item.kind === 'action' && item.label === 'Quit');
    expect(quit).toMatchObject({ enabled: false });
  });

  it('says until when it is paused, and offers to resume', () => {
    const paused = model({ state: 'paused', pausedUntil: now + 15 * 60_000, reason: 'x' });
    expect(labels(paused.items)[1]).toBe('Until 18:15 AI calls pass untouched and unread.');
    expect(paused.items).toContainEqual({ kind: 'action', label: 'Resume now', action: { kind: 'resume' }, enabled: true });
    expect(paused.items.some((item) => item.kind === 'menu')).toBe(false);
  });

  it('shows no figures without an agent, says what is the matter, and offers to start it again', () => {
    const link: AgentLink = {
      state: 'failed',
      detail: 'The agent could not be kept running. The network was put back.',
      agentVersion: undefined,
      nextTryAt: undefined,
    };
    const { state, items } = trayModel({ link, status: undefined, now });
    expect(state).toBe('off');
    expect(labels(items)).toEqual([
      'Off',
      'The agent could not be kept running.',
      'The network was put back.',
      'Start the agent again',
      'Open Heimdall',
      'Diagnostics',
      'Quit',
    ]);
    expect(trayModel({ link: { ...link, state: 'restarting' }, status: undefined, now }).state).toBe('starting');
  });

  it('cuts lines that no menu could show', () => {
    expect(labels(model({ reason: 'word '.repeat(60) }).items)[1]?.length).toBeLessThanOrEqual(90);
  });
});

import { describe, expect, it } from 'vitest';
import type { PeerProcess } from '../../../src/contract/exchange.ts';
import type { PinnedPolicy } from '../../../src/contract/policy.ts';
import { PinnedClients } from '../../../src/proxy/pinned.ts';

const host = 'api.example.com';
const claude: PeerProcess = { pid: 41, executable: '/usr/bin/claude', app: 'claude-code' };
const minute = 60_000;

function clients(rules: Partial<PinnedPolicy> = {}) {
  const clock = { now: 1_800_000_000_000 };
  const notes: string[] = [];
  const warned: (readonly string[])[] = [];
  const policy: { -readonly [K in keyof PinnedPolicy]: PinnedPolicy[K] } = { default: 'tunnel', hosts: {}, learnMinutes: 60, ...rules };
  const pinned = new PinnedClients({
    rules: () => policy,
    now: () => clock.now,
    note: (text) => notes.push(text),
    changed: (entries) => warned.push(entries.map((entry) => `${entry.app} ${entry.host}`)),
    ownPid: 7,
  });
  const fail = (peer: PeerProcess | undefined = claude, times = 2): void => {
    for (let i = 0; i < times; i++) pinned.failed('cert-rejected', peer, host);
  };
  return { clock, notes, warned, policy, pinned, fail };
}

describe('pinned clients', () => {
  it('are learned at the second failure of the same app and host, with a note, a warning and an end', () => {
    const { clock, notes, warned, pinned, fail } = clients();
    fail(claude, 1);
    expect(pinned.reasonToPass(claude, host)).toBeUndefined();
    fail(claude, 1);
    expect(pinned.reasonToPass(claude, host)).toMatch(/^learned-pinned: "claude-code" .* until 2027-01-15T09:00:00\.000Z\.$/);
    expect(pinned.reasonToPass({ ...claude, pid: 42 }, host)).toBeDefined();
    expect([pinned.reasonToPass(claude, 'other.example.com'), pinned.reasonToPass({ ...claude, app: 'codex' }, host)]).toEqual([undefined, undefined]);
    expect([notes, warned]).toEqual([
      [expect.stringMatching(/^Learned as pinned: "claude-code" broke off 2 TLS handshakes/)],
      [['claude-code api.example.com']],
    ]);
    clock.now += 60 * minute;
    expect(pinned.reasonToPass(claude, host)).toBeUndefined();
    expect([notes.slice(1), warned.slice(1)]).toEqual([['No longer passed on as pinned: "claude-code" to api.example.com; its time is over.'], [[]]]);
  });

  it('are not learned where policy says block, by default or for the host', () => {
    for (const rules of [{ default: 'block' }, { hosts: { [host]: 'block' } }, { hosts: { '*.example.com': 'block' } }] as const) {
      const { pinned, fail, notes } = clients(rules);
      fail(claude, 5);
      expect([pinned.reasonToPass(claude, host), notes]).toEqual([undefined, []]);
    }
    const { pinned, fail } = clients({ default: 'block', hosts: { [host]: 'tunnel', '*': 'block' } });
    fail();
    expect(pinned.reasonToPass(claude, host)).toBeDefined();
  });

  it('are never learned from a program nobody knows, nor from Heimdall itself', () => {
    const { pinned, fail } = clients();
    fail(undefined, 0);
    for (let i = 0; i < 5; i++) pinned.failed('cert-rejected', undefined, host);
    fail({ pid: 7, executable: '/usr/bin/node', app: 'node' }, 5);
    expect(pinned.entries).toEqual([]);
  });

  it('that share the name of an interpreter are learned one process at a time', () => {
    const { pinned, fail } = clients();
    const script = { pid: 50, executable: '/usr/bin/node', app: 'node' };
    fail(script, 1);
    fail({ ...script, pid: 51 }, 1);
    expect(pinned.entries).toEqual([]);
    fail(script, 1);
    expect([pinned.reasonToPass(script, host), pinned.reasonToPass({ ...script, pid: 51 }, host)]).toEqual([
      expect.stringContaining('(process 50)'),
      undefined,
    ]);
  });

  it('are told from failures that are far apart, that a call came between, or that have other causes', () => {
    const { clock, pinned, fail } = clients();
    fail(claude, 1);
    clock.now += 6 * minute;
    fail(claude, 1);
    pinned.succeeded(claude, host);
    fail(claude, 1);
    pinned.failed('timeout', claude, host);
    pinned.failed('no-shared-cipher', claude, host);
    expect(pinned.entries).toEqual([]);
  });

  it('that only hang up after the certificate are learned as well', () => {
    const { pinned } = clients();
    pinned.failed('reset', claude, host);
    pinned.failed('closed', claude, host);
    expect(pinned.entries).toHaveLength(1);
  });

  it('are forgotten when policy comes to say block, and when the agent stops', () => {
    const { policy, pinned, fail, notes } = clients();
    fail();
    policy.default = 'block';
    expect(pinned.reasonToPass(claude, host)).toBeUndefined();
    expect(notes.at(-1)).toMatch(/policy says block now/);
    policy.default = 'tunnel';
    fail();
    pinned.close();
    expect(notes.at(-1)).toMatch(/the agent stops/);
  });
});

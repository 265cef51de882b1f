import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogRows } from '../../../src/catalog/hosts.ts';
import { interceptedHosts, matchHost } from '../../../src/catalog/match.ts';

const exactHosts = catalogRows.flatMap((row) => row.hosts).filter((pattern) => !pattern.startsWith('*.'));
const wildcards = catalogRows.flatMap((row) => row.hosts).filter((pattern) => pattern.startsWith('*.'));
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

describe('matching a host', () => {
  it('finds every exact host of the table, with the facts of its row', () => {
    for (const row of catalogRows) {
      for (const host of row.hosts.filter((pattern) => !pattern.startsWith('*.'))) {
        expect(matchHost(host)).toEqual({
          provider: row.provider,
          product: row.product,
          pattern: host,
          kind: row.kind,
          handling: row.handling,
          forward: row.forward,
        });
      }
    }
  });

  it('takes no notice of case or of a final dot', () => {
    for (const host of exactHosts) {
      expect(matchHost(`${host.toUpperCase()}.`)).toBe(matchHost(host));
      expect(matchHost(`${host}.`)).toBe(matchHost(host));
    }
  });

  it('gives the same frozen object every time', () => {
    const surface = matchHost('api.openai.com');
    expect(surface).toBe(matchHost('API.OpenAI.com'));
    expect(Object.isFrozen(surface)).toBe(true);
    expect(matchHost('tenant-a.openai.azure.com')).toBe(matchHost('tenant-b.openai.azure.com'));
  });

  it('lets a star stand for exactly one label', () => {
    fc.assert(
      fc.property(fc.constantFrom(...wildcards), label, label, (pattern, first, second) => {
        const parent = pattern.slice(2);
        if (!exactHosts.includes(`${first}.${parent}`)) expect(matchHost(`${first}.${parent}`)?.pattern).toBe(pattern);
        expect(matchHost(`${second}.${first}.${parent}`)).toBeUndefined();
        expect(matchHost(`.${parent}`)).toBeUndefined();
      }),
    );
  });

  it('does not take the parent of a wildcard for the wildcard itself', () => {
    expect(matchHost('openai.azure.com')).toBeUndefined();
    expect(matchHost('business.githubcopilot.com')).toBeUndefined();
  });

  it('knows nothing of look-alikes, parents and children of its hosts', () => {
    for (const host of exactHosts) {
      expect(matchHost(`${host}.evil.example`)).toBeUndefined();
      expect(matchHost(`x${host}`)).toBeUndefined();
      expect(matchHost(`a.b.c.${host}`)).toBeUndefined();
    }
    for (const host of ['googleapis.com', 'storage.googleapis.com', 'example.com', 'localhost', '', '.', '..', '127.0.0.1', '__proto__', 'constructor']) {
      expect(matchHost(host)).toBeUndefined();
    }
  });

  it('answers any text without throwing', () => {
    fc.assert(fc.property(fc.string(), (host) => [undefined, 'intercept', 'tunnel'].includes(matchHost(host)?.handling)));
  });
});

describe('the intercepted hosts', () => {
  it('are exactly the patterns whose handling is to intercept', () => {
    const expected = catalogRows.filter((row) => row.handling === 'intercept').flatMap((row) => row.hosts);
    expect([...interceptedHosts()].sort()).toEqual([...expected].sort());
    expect(Object.isFrozen(interceptedHosts())).toBe(true);
  });

  it('hold the API hosts of the four vendors and leave their web products alone', () => {
    expect(interceptedHosts()).toEqual(expect.arrayContaining(['api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com', 'openrouter.ai']));
    for (const host of ['chatgpt.com', 'claude.ai', 'api2.cursor.sh', 'substrate.office.com']) expect(interceptedHosts()).not.toContain(host);
  });
});

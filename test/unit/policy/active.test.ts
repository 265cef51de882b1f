import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AgentError } from '../../../src/contract/errors.ts';
import { openActivePolicy } from '../../../src/policy/active.ts';
import type { ActivePolicy, ActivePolicyOptions } from '../../../src/policy/active.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

interface Bench {
  readonly file: string;
  readonly dataDir: string;
  readonly lastGood: string;
  readonly open: (changes?: Partial<ActivePolicyOptions>) => ActivePolicy;
}

function bench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-policy-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'policy.yaml');
  const dataDir = join(folder, 'data');
  return {
    file,
    dataDir,
    lastGood: join(dataDir, 'policy.last-good.json'),
    open: (changes = {}) => {
      const policy = openActivePolicy({ file, dataDir, fingerprint: (value) => value, pollMs: 50, ...changes });
      cleanups.push(() => policy.close());
      return policy;
    },
  };
}

const good = (id: string): string => `version: 1\nrules:\n  - { id: ${id}, action: block }\n`;
const bad = 'version: 1\nrulez: []\n';
const ruleOf = (policy: ActivePolicy): string | undefined => policy.policy.rules[0]?.id;
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 20 });

describe('without a file', () => {
  it('the built-in default is in force', () => {
    const policy = bench().open({ file: undefined });
    expect(policy.current.revision).toBe('default');
    expect(policy.source).toBe('built-in default');
    expect(policy.rejected).toBeUndefined();
  });
});

describe('at the start', () => {
  it('the file is in force, and a private copy of it is kept', () => {
    const { file, lastGood, dataDir, open } = bench();
    writeFileSync(file, good('one'));
    const policy = open();
    expect(ruleOf(policy)).toBe('one');
    expect(policy.source).toBe(file);
    expect(policy.current.revision).toMatch(/^[0-9a-f]{12}$/);
    expect(JSON.parse(readFileSync(lastGood, 'utf8'))).toMatchObject({ revision: policy.current.revision, file });
    if (process.platform !== 'win32') expect(statSync(lastGood).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['policy.last-good.json']);
  });

  it('a bad file without a copy stops the agent with file, line and reason', () => {
    const { file, open } = bench();
    writeFileSync(file, bad);
    expect(() => open()).toThrow(new AgentError('policy-invalid', `${file}:2:1: unknown key "rulez". Did you mean "rules"?`));
  });

  it('a missing file without a copy stops the agent and says what to do', () => {
    const { open } = bench();
    expect(() => open()).toThrow(/cannot be read: ENOENT.*policyFile/);
  });

  it('a folder in place of the file is refused', () => {
    const { file, open } = bench();
    mkdirSync(file);
    expect(() => open()).toThrow(/not a regular file/);
  });

  it('a bad or missing file gives way to the last good copy, under its own revision', () => {
    const { file, open } = bench();
    writeFileSync(file, good('one'));
    const first = open();
    first.close();
    writeFileSync(file, bad);
    const second = open();
    expect(ruleOf(second)).toBe('one');
    expect(second.current.revision).toBe(first.current.revision);
    expect(second.source).toBe(`last good copy of ${file}`);
    expect(second.rejected).toContain(`${file}:2:1: unknown key "rulez"`);
    second.close();
    rmSync(file);
    const third = open();
    expect(ruleOf(third)).toBe('one');
    expect(third.rejected).toContain('ENOENT');
  });

  it('a damaged copy is no copy', () => {
    const { file, dataDir, lastGood, open } = bench();
    mkdirSync(dataDir);
    writeFileSync(file, bad);
    for (const damaged of ['', '{', 'null', '{"policy":{"version":2}}']) {
      writeFileSync(lastGood, damaged);
      expect(() => open()).toThrow(/rulez/);
    }
  });

  it('a data folder that cannot be written does not keep the policy out of force', () => {
    const { file, dataDir, open } = bench();
    writeFileSync(file, good('one'));
    writeFileSync(dataDir, 'a file where the folder should be');
    const policy = open();
    expect(ruleOf(policy)).toBe('one');
    expect(policy.unsaved).toContain('could not be written');
  });
});

describe('while it runs', () => {
  it('a change of the file comes into force and is told', async () => {
    const { file, open } = bench();
    writeFileSync(file, good('one'));
    const onChange = vi.fn();
    const policy = open({ onChange });
    writeFileSync(file, good('two'));
    await eventually(() => expect(ruleOf(policy)).toBe('two'));
    expect(onChange).toHaveBeenCalledExactlyOnceWith(policy);
  });

  it('a file replaced by renaming, as editors do, comes into force each time', async () => {
    const { file, open } = bench();
    writeFileSync(file, good('zero'));
    const policy = open();
    for (const id of ['one', 'two', 'three']) {
      writeFileSync(`${file}.new`, good(id));
      renameSync(`${file}.new`, file);
      await eventually(() => expect(ruleOf(policy)).toBe(id));
    }
  });

  it('a bad change leaves the last good policy in force, says why, and a repair clears it', async () => {
    const { file, lastGood, open } = bench();
    writeFileSync(file, good('one'));
    const onChange = vi.fn();
    const policy = open({ onChange });
    const before = readFileSync(lastGood, 'utf8');
    writeFileSync(file, bad);
    await eventually(() => expect(policy.rejected ?? '').toContain(':2:1: unknown key "rulez"'));
    expect(ruleOf(policy)).toBe('one');
    expect(readFileSync(lastGood, 'utf8')).toBe(before);
    writeFileSync(file, good('one'));
    await eventually(() => expect(policy.rejected).toBeUndefined());
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it('a file that is removed leaves its policy in force and is told', async () => {
    const { file, open } = bench();
    writeFileSync(file, good('one'));
    const policy = open();
    rmSync(file);
    await eventually(() => expect(policy.rejected ?? '').toContain('ENOENT'));
    expect(ruleOf(policy)).toBe('one');
    writeFileSync(file, good('two'));
    await eventually(() => expect(ruleOf(policy)).toBe('two'));
  });

  it('a file that comes after the start takes over from the copy', async () => {
    const { file, open } = bench();
    writeFileSync(file, good('one'));
    open().close();
    rmSync(file);
    const policy = open();
    writeFileSync(file, good('one'));
    await eventually(() => expect(policy.source).toBe(file));
    expect(policy.rejected).toBeUndefined();
  });

  it('a folder that is replaced as a whole is followed by the poll', async () => {
    const { file, dataDir, open } = bench();
    const folder = join(dataDir, '..', 'managed');
    const moved = join(folder, 'policy.yaml');
    mkdirSync(folder);
    writeFileSync(moved, good('one'));
    const policy = open({ file: moved });
    renameSync(folder, `${folder}.old`);
    mkdirSync(folder);
    writeFileSync(moved, good('two'));
    await eventually(() => expect(ruleOf(policy)).toBe('two'));
    expect(existsSync(file)).toBe(false);
  });

  it('nothing is told once closed', async () => {
    const { file, open } = bench();
    writeFileSync(file, good('one'));
    const onChange = vi.fn();
    const policy = open({ onChange });
    policy.close();
    writeFileSync(file, good('two'));
    // Another policy on the same file proves that the change could have been seen.
    const witness = vi.fn();
    const other = open({ onChange: witness });
    writeFileSync(file, good('three'));
    await eventually(() => expect(witness).toHaveBeenCalled());
    expect(ruleOf(other)).toBe('three');
    expect(onChange).not.toHaveBeenCalled();
    expect(ruleOf(policy)).toBe('one');
  });

  it('a copy whose rights were widened is private again after the next change', async () => {
    if (process.platform === 'win32') return;
    const { file, lastGood, open } = bench();
    writeFileSync(file, good('one'));
    const policy = open();
    chmodSync(lastGood, 0o644);
    writeFileSync(file, good('two'));
    await eventually(() => expect(ruleOf(policy)).toBe('two'));
    expect(statSync(lastGood).mode & 0o777).toBe(0o600);
  });
});

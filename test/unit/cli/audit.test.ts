import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { openAudit } from '../../../src/audit/log.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { AuditRow } from '../../../src/contract/audit.ts';
import { cli, contextOf, record, temporaryFolder } from './fixture.ts';

/** A data folder with three exchanges; the second carried the value `leaked@example.com`. */
async function folder(): Promise<{ home: string; dir: string }> {
  const home = temporaryFolder();
  const dir = join(home, 'data');
  const audit = await openAudit({ dir, retentionDays: 90 });
  audit.append(record({ id: 'aaaa-1', outcome: 'forwarded', decision: 'allow', findings: [] }));
  audit.append(record({ id: 'bbbb-2', findings: [{ detector: 'email', count: 1, fingerprints: [audit.fingerprint('leaked@example.com')] }] }));
  audit.append(record({ id: 'cccc-3', outcome: 'refused', decision: 'block', model: '=cmd("x"),\u001b[31m', startedAt: Date.UTC(2026, 10, 1) }));
  await audit.close();
  return { home, dir };
}

const rowsOf = (text: string): AuditRow[] => JSON.parse(text) as AuditRow[];
const idsOf = (text: string): string[] => rowsOf(text).map((row) => row.record.id);

describe('audit list', () => {
  test('shows a table, newest first', async () => {
    const { home, dir } = await folder();
    const { exit, out } = await cli({ home }, 'audit', 'list', '--data-dir', dir);
    expect(exit).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^SEQ +TIME +APP +HOST +DIALECT +MODEL +DECISION +TARGET +STATUS +FIRST +TOKENS +COST$/);
    expect(out.indexOf('block')).toBeLessThan(out.indexOf('allow'));
    expect(out).toContain('12+34');
  });

  test('never passes control characters from the network to the terminal', async () => {
    const { home, dir } = await folder();
    for (const argv of [['list'], ['tail'], ['show', 'cccc']]) {
      expect((await cli({ home, env: { NO_COLOR: '1' } }, 'audit', ...argv, '--data-dir', dir)).out).not.toContain('\u001b');
    }
  });

  test.each([
    [['--decision', 'block'], ['cccc-3']],
    [
      ['--since', '2h'],
      ['bbbb-2', 'aaaa-1'],
    ],
    [['--until', '2026-11-10'], ['cccc-3']],
    [['--detector', 'email', '--outcome', 'redacted'], ['bbbb-2']],
    [['--app', 'nobody'], []],
  ])('filters with %j', async (options, ids) => {
    const { home, dir } = await folder();
    const listed = await cli({ home }, 'audit', 'list', '--json', '--kind', 'exchange', '--data-dir', dir, ...options);
    expect(idsOf(listed.out)).toEqual(ids);
  });

  test('--leaked finds where a value from standard input went, and nothing for another', async () => {
    const { home, dir } = await folder();
    const list = (stdin: string) => cli({ home, stdin }, 'audit', 'list', '--leaked', '--json', '--data-dir', dir);
    expect(idsOf((await list('leaked@example.com\n')).out)).toEqual(['bbbb-2']);
    expect(idsOf((await list('other@example.com')).out)).toEqual([]);
    expect((await list('')).exit).toBe(2);
  });

  test('a time that is none is refused with 2', async () => {
    const { home, dir } = await folder();
    const { exit, err } = await cli({ home }, 'audit', 'list', '--since', 'yesterday', '--data-dir', dir);
    expect(exit).toBe(2);
    expect(err).toContain('30m, 2h or 7d');
  });
});

describe('audit show', () => {
  test('tells the walk of an exchange by its number or the beginning of its id', async () => {
    const { home, dir } = await folder();
    const { out } = await cli({ home }, 'audit', 'show', 'bbbb', '--data-dir', dir);
    for (const words of [
      'claude-code (process 42, /usr/bin/claude)',
      'POST api.anthropic.com/v1/messages',
      'model claude-test, streamed',
      'email × 1',
      'redact, by rule no-keys, 2 redactions',
      '1. head-office (gateway): status 200',
      'first token after 5.4 ms',
      '$0.01',
    ]) {
      expect(out).toContain(words);
    }
    const { seq } = JSON.parse((await cli({ home }, 'audit', 'show', 'bbbb', '--json', '--data-dir', dir)).out) as AuditRow;
    expect((await cli({ home }, 'audit', 'show', String(seq), '--data-dir', dir)).out).toBe(out);
  });

  test('of what is not there ends with 1', async () => {
    const { home, dir } = await folder();
    expect((await cli({ home }, 'audit', 'show', '9999', '--data-dir', dir)).exit).toBe(1);
    expect((await cli({ home }, 'audit', 'show', 'zzzz', '--data-dir', dir)).exit).toBe(1);
  });
});

describe('audit tail', () => {
  test('shows the last rows, oldest first', async () => {
    const { home, dir } = await folder();
    const { out } = await cli({ home }, 'audit', 'tail', '-n', '2', '--json', '--data-dir', dir);
    const ids = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as AuditRow).record.id);
    expect(ids).toEqual(['bbbb-2', 'cccc-3']);
  });

  test('-f goes on with rows written meanwhile, and ends when the reader goes', async () => {
    const { home, dir } = await folder();
    const out = new PassThrough();
    let text = '';
    out.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const ended = runCli(['audit', 'tail', '-f', '-n', '1', '--json', '--data-dir', dir], contextOf({ home }, out));
    await vi.waitFor(() => expect(text).toContain('cccc-3'), 10_000);
    // An agent is another process; so is this writer.
    const script = `const { openAudit } = await import(process.argv[2]); const audit = await openAudit({ dir: process.argv[3], retentionDays: 90 }); audit.append(${JSON.stringify(record({ id: 'dddd-4' }))}); await audit.close();`;
    writeFileSync(join(home, 'writer.mjs'), script);
    await promisify(execFile)(process.execPath, [join(home, 'writer.mjs'), join(import.meta.dirname, '../../../src/audit/log.ts'), dir]);
    await vi.waitFor(() => expect(text).toContain('dddd-4'), 10_000);
    out.destroy(new Error('EPIPE'));
    expect(await ended).toBe(0);
  });
});

describe('audit verify', () => {
  test('ends with 0 on a whole chain and with 4 on an edited one', async () => {
    const { home, dir } = await folder();
    expect((await cli({ home }, 'audit', 'verify', '--data-dir', dir)).exit).toBe(0);
    const db = new DatabaseSync(join(dir, 'audit.db'));
    const [table] = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%hash%'").all() as { name: string }[];
    db.exec(`DELETE FROM ${table?.name ?? ''} WHERE rowid = 2`);
    db.close();
    const { exit, out } = await cli({ home }, 'audit', 'verify', '--json', '--data-dir', dir);
    expect(exit).toBe(4);
    expect(JSON.parse(out)).toMatchObject({ ok: false });
    expect((await cli({ home }, 'audit', 'verify', '--data-dir', dir)).out).toContain('The audit chain is broken');
  });
});

describe('audit export', () => {
  test('writes whole rows as JSON lines, oldest first, into a private file that was not there', async () => {
    const { home, dir } = await folder();
    const file = join(home, 'out.jsonl');
    expect((await cli({ home }, 'audit', 'export', '--kind', 'exchange', '-o', file, '--data-dir', dir)).exit).toBe(0);
    const ids = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as AuditRow).record.id);
    expect(ids).toEqual(['aaaa-1', 'bbbb-2', 'cccc-3']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await cli({ home }, 'audit', 'export', '-o', file, '--data-dir', dir);
    expect([again.exit, again.err]).toEqual([1, expect.stringContaining('cannot be written')]);
  });

  test('writes every row, however many', async () => {
    const home = temporaryFolder();
    const dir = join(home, 'data');
    const audit = await openAudit({ dir, retentionDays: 90 });
    for (let count = 0; count < 1_200; count += 1) audit.append(record({ id: `many-${count}` }));
    await audit.close();
    const { out } = await cli({ home }, 'audit', 'export', '--kind', 'exchange', '--data-dir', dir);
    expect(out.trim().split('\n')).toHaveLength(1_200);
  });

  test('writes CSV in which no cell is a formula', async () => {
    const { home, dir } = await folder();
    const { out } = await cli({ home }, 'audit', 'export', '--format', 'csv', '--decision', 'block', '--data-dir', dir);
    expect(out.split('\n')[0]).toMatch(/^seq,id,time,/);
    expect(out).toContain(`"'=cmd(""x""),`);
  });
});

test('without an agent and without a log the folder is named', async () => {
  const home = temporaryFolder();
  const { exit, err } = await cli({ home }, 'audit', 'list');
  expect(exit).toBe(1);
  expect(err).toContain(join(home, '.local/share/heimdall'));
});

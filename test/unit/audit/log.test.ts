import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openAudit, type AuditLog, type AuditOptions, type AuditTrouble } from '../../../src/audit/log.ts';
import type { AuditRecord, AuditRow } from '../../../src/contract/audit.ts';
import { filledFolder, newFolder, record, removeFolders, tamper } from './audit-folder.fixture.ts';

const open: AuditLog[] = [];
const start = async (dir: string, options: Partial<AuditOptions> = {}): Promise<AuditLog> => {
  const log = await openAudit({ dir, retentionDays: 90, ...options });
  open.push(log);
  return log;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.close()));
  removeFolders();
});
const idsIn = (log: AuditLog): string[] => [...log.each({})].map((row) => row.record.id);

describe('the audit log', () => {
  it('begins its chain with a row that names the chain and the key', async () => {
    const log = await start(newFolder());
    const [first] = log.query({});
    expect(first).toMatchObject({ seq: 1, record: { kind: 'note', outcome: 'native' } });
    expect(first?.record.note).toContain(`Chain ${first?.record.id ?? ''} begins`);
    expect(first?.record.note).toContain(log.publicKeyFingerprint);
    expect(log.rows).toBe(1);
    expect(log.head).toBe(first?.hash);
  });

  it('writes every record once, in the order it was given', async () => {
    const dir = newFolder();
    const log = await start(dir);
    const ids = Array.from({ length: 5000 }, (_, index) => `r${index}`);
    for (const id of ids) log.append(record(id));
    expect(log.pending).toBe(5000);
    await log.flush();
    expect(log.pending).toBe(0);
    expect(log.rows).toBe(5001);
    expect(idsIn(log).slice(1)).toEqual(ids);
    expect(await log.verify()).toMatchObject({ ok: true, rows: 5001, unsigned: 0, head: log.head });
  });

  it('keeps a record as it was when it was given', async () => {
    const log = await start(newFolder());
    const given: AuditRecord = record('full', { findings: [{ detector: 'email', count: 2, fingerprints: ['aa'] }], note: 'line\nbreak "quoted" ☃ \u2028' });
    log.append(given);
    await log.flush();
    expect(log.query({ limit: 1 })[0]?.record).toEqual(given);
  });

  it('goes on where it stopped, without a new row of its own', async () => {
    const dir = newFolder();
    const first = await start(dir);
    first.append(record('a'));
    await first.close();
    const second = await start(dir);
    expect(second.rows).toBe(2);
    expect(second.head).toBe(first.head);
    second.append(record('b'));
    await second.flush();
    expect(idsIn(second).slice(1)).toEqual(['a', 'b']);
    expect((await second.verify()).ok).toBe(true);
  });

  it('tells of rows in order, only once they are on the disk, and no more after unsubscribing', async () => {
    const log = await start(newFolder());
    const seen: AuditRow[] = [];
    const off = log.onAppended((rows) => {
      expect(log.query({ limit: 1 })[0]?.seq).toBeGreaterThanOrEqual(rows.at(-1)?.seq ?? 0);
      seen.push(...rows);
    });
    for (let index = 0; index < 3000; index += 1) log.append(record(`r${index}`));
    await log.flush();
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 3000 }, (_, index) => index + 2));
    expect(seen).toEqual([...log.each({ after: 1 })].map((row) => ({ ...row, record: expect.objectContaining({ id: row.record.id }) as AuditRecord })));
    off();
    log.append(record('later'));
    await log.flush();
    expect(seen).toHaveLength(3000);
  });

  it('writes what is waiting when it is closed, and leaves no side files', async () => {
    const dir = newFolder();
    const log = await start(dir);
    for (let index = 0; index < 2500; index += 1) log.append(record(`r${index}`));
    await log.close();
    expect(readdirSync(dir).sort()).toEqual(['audit-signing.key', 'audit-signing.pub', 'audit.db', 'audit.head', 'fingerprint.key']);
    expect((await start(dir)).rows).toBe(2501);
  });

  it('sends a lone row at once, gathers the rows that follow, and waits for none of them when asked to flush', async () => {
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    const log = await start(newFolder());
    log.append(record('lone'));
    await vi.waitFor(() => expect(log.rows).toBe(2), { interval: 1 });
    expect(posted).toHaveBeenCalledTimes(1);
    for (let index = 0; index < 10; index += 1) {
      log.append(record(`r${index}`));
      await new Promise(setImmediate);
    }
    await log.flush();
    expect(log.rows).toBe(12);
    expect(posted.mock.calls.length).toBeLessThan(5);
    posted.mockRestore();
  });

  it('neither throws nor stops at a record that cannot be written as JSON, and says that one is missing', async () => {
    const log = await start(newFolder());
    const circular: { self?: unknown } = {};
    circular.self = circular;
    log.append({ ...record('bad'), usage: circular as AuditRecord['usage'] });
    log.append(record('good'));
    await log.flush();
    await log.flush();
    expect([...log.each({})].map(({ record: { id, note } }) => note ?? id).slice(1)).toEqual(['good', expect.stringContaining('1 rows are missing')]);
  });

  it('makes fingerprints that are equal here and different elsewhere', async () => {
    const dir = newFolder();
    const log = await start(dir);
    const print = log.fingerprint('sk-secret');
    expect(print).toMatch(/^[0-9a-f]{32}$/);
    expect(log.fingerprint('sk-secret')).toBe(print);
    expect(log.fingerprint('sk-secreu')).not.toBe(print);
    await log.close();
    expect((await start(dir)).fingerprint('sk-secret')).toBe(print);
    expect((await start(newFolder())).fingerprint('sk-secret')).not.toBe(print);
  });

  it('keeps its file and its keys readable by their owner alone, and closes keys that were open', async () => {
    const dir = newFolder();
    const log = await start(dir);
    const modeOf = (name: string): number => statSync(join(dir, name)).mode & 0o777;
    for (const name of ['audit.db', 'audit.db-wal', 'audit.head', 'audit-signing.key', 'fingerprint.key']) expect(modeOf(name), name).toBe(0o600);
    await log.close();
    chmodSync(join(dir, 'audit-signing.key'), 0o644);
    await start(dir);
    expect(modeOf('audit-signing.key')).toBe(0o600);
  });

  it('says which folder it is when it cannot be opened', async () => {
    const dir = newFolder();
    mkdirSync(join(dir, 'audit.db'));
    await expect(openAudit({ dir, retentionDays: 1 })).rejects.toMatchObject({ code: 'audit-unusable', message: expect.stringContaining(dir) as string });
    const file = join(dir, 'file');
    writeFileSync(file, '');
    await expect(openAudit({ dir: file, retentionDays: 1 })).rejects.toMatchObject({ code: 'audit-unusable' });
  });
});

describe('a full disk', () => {
  it('keeps rows waiting, says so, and writes them all when there is space again', async () => {
    const troubles: (AuditTrouble | undefined)[] = [];
    const log = await start(newFolder(), { maxPages: 30, onTrouble: (trouble) => troubles.push(trouble) });
    const ids = Array.from({ length: 3000 }, (_, index) => `r${index}`);
    for (const id of ids) log.append(record(id));
    await vi.waitFor(() => expect(troubles[0]).toMatchObject({ kind: 'disk-full', lost: 0, message: expect.stringContaining('Free some space') as string }));
    expect(log.pending).toBeGreaterThan(0);
    log.limitPages(1_000_000);
    await log.flush();
    expect(troubles.at(-1)).toBeUndefined();
    expect(idsIn(log).slice(1)).toEqual(ids);
    expect((await log.verify()).ok).toBe(true);
  });

  it('gives up rows when too many wait, counts them, and writes down how many', async () => {
    const troubles: (AuditTrouble | undefined)[] = [];
    const log = await start(newFolder(), { maxPages: 30, queueLimit: 1000, onTrouble: (trouble) => troubles.push(trouble) });
    for (let index = 0; index < 1500; index += 1) log.append(record(`r${index}`));
    expect(log.pending).toBe(1000);
    await vi.waitFor(() => expect(troubles[0]).toMatchObject({ kind: 'disk-full', pending: 1000, lost: 500 }));
    log.limitPages(1_000_000);
    await log.flush();
    await log.flush();
    const rows = [...log.each({})];
    expect(rows).toHaveLength(1002);
    expect(rows.at(-1)?.record).toMatchObject({ kind: 'note', note: expect.stringContaining('500 rows are missing') as string });
    expect((await log.verify()).ok).toBe(true);
  });
});

describe('a damaged file', () => {
  it('is set aside and named; a new chain begins and says so', async () => {
    const dir = filledFolder(5);
    writeFileSync(join(dir, 'audit.db'), 'this is no database');
    const troubles: (AuditTrouble | undefined)[] = [];
    const log = await start(dir, { onTrouble: (trouble) => troubles.push(trouble) });
    expect(log.setAside).toMatch(/audit-corrupt-.*\.db$/);
    expect(existsSync(log.setAside ?? '')).toBe(true);
    expect(troubles).toMatchObject([{ kind: 'file-set-aside', message: expect.stringContaining(log.setAside ?? '') as string }]);
    expect(log.query({})[0]?.record.note).toContain(`is kept as ${log.setAside ?? ''}`);
    log.append(record('new'));
    await log.flush();
    expect(await log.verify()).toMatchObject({ ok: true, rows: 2 });
  });

  it('found damaged while in use is set aside as well, and no waiting row is lost', async () => {
    const dir = newFolder();
    const log = await start(dir);
    log.append(record('before'));
    await log.flush();
    tamper(dir, (db) => db.exec('DROP TABLE entries'));
    log.append(record('after'));
    await log.flush();
    expect(idsIn(log).slice(1)).toEqual(['after']);
    expect(log.setAside).toBeDefined();
    expect((await log.verify()).ok).toBe(true);
  });
});

describe('a writer that dies', () => {
  it('is started again, and rows under way are written once', async () => {
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    const troubles: (AuditTrouble | undefined)[] = [];
    const log = await start(newFolder(), { onTrouble: (trouble) => troubles.push(trouble) });
    const seen: string[] = [];
    log.onAppended((rows) => seen.push(...rows.map((row) => row.record.id)));
    const ids = Array.from({ length: 8000 }, (_, index) => `r${index}`);
    for (const id of ids) log.append(record(id));
    await vi.waitFor(() => expect(posted).toHaveBeenCalledTimes(2), { interval: 1 });
    await (posted.mock.contexts[0] as Worker).terminate();
    posted.mockRestore();
    await log.flush();
    expect(idsIn(log).filter((id) => id.startsWith('r'))).toEqual(ids);
    expect(seen.filter((id) => id.startsWith('r'))).toEqual(ids);
    expect((await log.verify()).ok).toBe(true);
  });

  it('between writing and saying so has its rows taken as written', async () => {
    const log = await start(newFolder());
    const seen: string[] = [];
    log.onAppended((rows) => seen.push(...rows.map((row) => row.record.id)));
    const deaf = Promise.withResolvers<Worker>();
    const posting = vi.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(function (this: Worker, message) {
      this.removeAllListeners('message');
      deaf.resolve(this);
      this.postMessage(message);
    });
    for (const id of ['a', 'b', 'c']) log.append(record(id));
    const worker = await deaf.promise;
    posting.mockRestore();
    log.append(record('d'));
    await vi.waitFor(() => expect(log.query({ limit: 1 })[0]?.record.id).toBe('c'));
    expect(log.pending).toBe(4);
    await worker.terminate();
    await log.flush();
    expect(idsIn(log).slice(1)).toEqual(['a', 'b', 'c', 'd']);
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
    expect(log.rows).toBe(5);
  });

  it('does not keep the log from being closed', async () => {
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    const log = await start(newFolder());
    log.append(record('a'));
    await log.flush();
    const worker = posted.mock.contexts[0] as Worker;
    posted.mockRestore();
    await worker.terminate();
    await log.close();
  });
});

describe('kill -9', () => {
  it('loses no row that was acknowledged, writes none twice, and never breaks the chain', async () => {
    const dir = newFolder();
    const acknowledged: string[] = [];
    const script = new URL('./append-forever.fixture.ts', import.meta.url).pathname;
    for (let round = 0; round < 5; round += 1) {
      const child = spawn(process.execPath, [script, dir, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
      const output: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => {
        // Killed at various points of its work, counted in what it has acknowledged.
        if (output.push(chunk) > 2 * round) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.on('close', resolve));
      // A line cut by the kill was not acknowledged.
      acknowledged.push(...Buffer.concat(output).toString().split('\n').slice(0, -1));
    }
    const log = await start(dir);
    const report = await log.verify();
    expect(report).toMatchObject({ ok: true, faults: [] });
    const exchanges = [...log.each({ kind: 'exchange' })].map((row) => row.record.id);
    expect(new Set(exchanges).size).toBe(exchanges.length);
    const stored = new Set(exchanges);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(100);
  }, 120_000);
});

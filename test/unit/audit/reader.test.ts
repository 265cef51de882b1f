import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openAuditReader } from '../../../src/audit/reader.ts';
import { filledFolder, newFolder, openWriter, record, removeFolders, tamper, texts } from './audit-folder.fixture.ts';

afterAll(removeFolders);

it('a reader without an agent reads, verifies, and leaves every byte as it was', async () => {
  const dir = filledFolder(10);
  const bytes = () => Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'base64')]));
  const before = bytes();
  const reader = openAuditReader(dir);
  expect(reader.query({ limit: 3 }).map(({ seq }) => seq)).toEqual([11, 10, 9]);
  expect(await reader.verify()).toMatchObject({ ok: true, rows: 11 });
  reader.close();
  reader.close();
  expect(bytes()).toEqual(before);
});

it('a reader beside a running agent sees what has been written so far', async () => {
  const dir = newFolder();
  const writer = openWriter(dir);
  const reader = openAuditReader(dir);
  writer.append(texts(record('a')));
  expect(reader.query({ limit: 1 })[0]?.record.id).toBe('a');
  writer.append(texts(record('b')));
  expect(reader.query({ limit: 1 })[0]?.record.id).toBe('b');
  expect((await reader.verify()).ok).toBe(true);
  reader.close();
  writer.close();
});

it('a reader goes through all rows oldest first, across pages, up to a limit', () => {
  const dir = newFolder();
  const writer = openWriter(dir);
  writer.append(texts(...Array.from({ length: 2500 }, (_, index) => record(`r${index}`, { host: index % 2 === 0 ? 'even' : 'odd' }))));
  writer.close();
  const reader = openAuditReader(dir);
  expect([...reader.each({})].map(({ seq }) => seq)).toEqual(Array.from({ length: 2501 }, (_, index) => index + 1));
  expect([...reader.each({ host: 'odd' })]).toHaveLength(1250);
  expect([...reader.each({ limit: 1200 })].at(-1)?.seq).toBe(1200);
  reader.close();
});

it('a reader verifies a copy elsewhere, with the public key alone', async () => {
  const dir = filledFolder(4);
  const copy = newFolder();
  for (const name of ['audit.db', 'audit.head', 'audit-signing.pub']) copyFileSync(join(dir, name), join(copy, name));
  const reader = openAuditReader(copy);
  expect(await reader.verify()).toMatchObject({ ok: true, rows: 5 });
  reader.close();
  tamper(copy, (db) => db.exec('DELETE FROM entries WHERE seq = 3'));
  const again = openAuditReader(copy);
  expect((await again.verify()).ok).toBe(false);
  again.close();
});

it('a reader says what is missing and what to do', async () => {
  expect(() => openAuditReader(newFolder())).toThrow(/There is no audit log in .* Name the agent's data folder/);
  const dir = filledFolder(1);
  rmSync(join(dir, 'audit-signing.pub'));
  const reader = openAuditReader(dir);
  await expect(reader.verify()).rejects.toMatchObject({ code: 'audit-unusable', message: expect.stringContaining('audit-signing.pub') as string });
  reader.close();
  writeFileSync(join(dir, 'audit.db'), 'no database at all');
  expect(() => openAuditReader(dir).query({})).toThrow(/cannot be read: .* Run "heimdall audit verify"/);
});

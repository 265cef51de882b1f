import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programRunner } from '../../../../src/system/run-program.ts';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';
import { nameOf } from '../../../../src/system/trust/certificates.ts';
import { nssDatabase } from '../../../../src/system/trust/nss-database.ts';
import { lookOf, throwAwayMachine } from './machine.ts';
import type { ThrowAwayMachine } from './machine.ts';

const surfaceOf = (machine: SetupMachine): SetupSurface => nssDatabase(machine, { folder: join(machine.home, '.pki', 'nssdb'), what: 'A database' });
const certutil = (folder: string, ...args: readonly string[]): string =>
  execFileSync('certutil', [...args, '-d', `sql:${folder}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** A database with somebody's own root in it. */
function withDatabase({ machine, folder }: ThrowAwayMachine): string {
  const database = join(machine.home, '.pki', 'nssdb');
  mkdirSync(database, { recursive: true });
  certutil(database, '-N', '--empty-password');
  addOther(folder, database, 'Corporate root');
  return database;
}

function addOther(folder: string, database: string, name: string): void {
  const [key, file] = [join(folder, 'other.key'), join(folder, 'other.pem')];
  const subject = ['-subj', `/CN=${name}`, '-days', '30'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', file, ...subject], {
    stdio: 'ignore',
  });
  certutil(database, '-A', '-t', 'C,,', '-n', name, '-i', file);
}

describe('a certificate database of NSS', () => {
  it('is made, and taken away again with the folders made for it', async () => {
    const { machine, ledger } = await throwAwayMachine();
    const surface = surfaceOf(machine);
    const before = lookOf(machine.home);
    await ledger.apply(surface);
    expect(certutil(join(machine.home, '.pki/nssdb'), '-L')).toMatch(/Heimdall [0-9A-F]{8}\s+C,,/);
    expect(readFileSync(join(machine.home, '.pki/nssdb/pkcs11.txt'), 'utf8')).toContain(`configdir='sql:${machine.home}/.pki/nssdb'`);
    expect(await surface.roots?.()).toEqual([machine.ca.pem]);
    expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
    expect(lookOf(machine.home)).toEqual(before);
    expect(existsSync(join(machine.dataDir, 'kept'))).toBe(false);
  });

  it('is put back byte for byte, though certutil changes it beyond the certificate', async () => {
    const thrown = await throwAwayMachine();
    const { machine, ledger } = thrown;
    withDatabase(thrown);
    const before = lookOf(machine.home);
    const surface = surfaceOf(machine);
    await ledger.apply(surface);
    expect(lookOf(machine.home)).not.toEqual(before);
    expect(await surface.roots?.()).toHaveLength(2);
    expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
    expect(lookOf(machine.home)).toEqual(before);
  });

  it('keeps what somebody has added since, and loses only ours', async () => {
    const thrown = await throwAwayMachine();
    const { machine, ledger, folder } = thrown;
    const database = withDatabase(thrown);
    const surface = surfaceOf(machine);
    await ledger.apply(surface);
    addOther(folder, database, 'Another root');
    expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored', detail: expect.stringContaining('Someone else') as string });
    expect(certutil(database, '-L')).toMatch(/Corporate root[\s\S]*Another root/);
    expect(certutil(database, '-L')).not.toContain('Heimdall');
  });

  it('holds ours again over what somebody has changed, and puts that back', async () => {
    const thrown = await throwAwayMachine();
    const { machine, ledger, folder } = thrown;
    const database = withDatabase(thrown);
    const surface = surfaceOf(machine);
    await ledger.apply(surface);
    certutil(database, '-D', '-n', nameOf(machine));
    addOther(folder, database, 'Another root');
    await ledger.apply(surface);
    expect(certutil(database, '-L')).toContain('Heimdall');
    await ledger.revert(surface);
    expect(certutil(database, '-L')).toMatch(/Corporate root[\s\S]*Another root/);
    expect(certutil(database, '-L')).not.toContain('Heimdall');
  });

  it('holds the new CA alone after a renewal, and is still put back byte for byte', async () => {
    const thrown = await throwAwayMachine();
    const { machine, ledger } = thrown;
    const database = withDatabase(thrown);
    const before = lookOf(machine.home);
    await ledger.apply(surfaceOf(machine));
    const renewed = await thrown.renewed();
    await ledger.apply(surfaceOf(renewed));
    expect(certutil(database, '-L')).toContain(nameOf(renewed));
    expect(certutil(database, '-L')).not.toContain(nameOf(machine));
    await ledger.revert(surfaceOf(renewed));
    expect(lookOf(machine.home)).toEqual(before);
  });

  it('shows a reader that has it open the new certificates at once, and the old ones again', async () => {
    const thrown = await throwAwayMachine();
    const { machine, ledger } = thrown;
    const database = withDatabase(thrown);
    const { DatabaseSync } = await import('node:sqlite');
    const reader = new DatabaseSync(join(database, 'cert9.db'));
    const count = (): unknown => reader.prepare('SELECT count(*) AS n FROM nssPublic').get()?.n;
    const before = count();
    const surface = surfaceOf(machine);
    await ledger.apply(surface);
    expect(count()).toBe(Number(before) + 2);
    await ledger.revert(surface);
    expect(count()).toBe(before);
    reader.close();
  });

  it('waits for nobody: it says so when another program is writing', async () => {
    const thrown = await throwAwayMachine();
    const { machine, ledger } = thrown;
    const database = withDatabase(thrown);
    const before = lookOf(machine.home);
    const { DatabaseSync } = await import('node:sqlite');
    const surface = surfaceOf(machine);
    await ledger.apply(surface);
    const writer = new DatabaseSync(join(database, 'cert9.db'));
    writer.exec('BEGIN IMMEDIATE');
    expect(await ledger.revert(surface)).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('Close the browser') as string });
    writer.exec('ROLLBACK');
    writer.close();
    expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
    expect(lookOf(machine.home)).toEqual(before);
  });

  it('says how to go on where the database is locked with a password', async () => {
    const { machine, ledger, folder } = await throwAwayMachine();
    const database = join(machine.home, '.pki', 'nssdb');
    mkdirSync(database, { recursive: true });
    writeFileSync(join(folder, 'password'), 'a primary password\n');
    certutil(database, '-N', '-f', join(folder, 'password'));
    const before = lookOf(machine.home);
    await expect(ledger.apply(surfaceOf(machine))).rejects.toThrow('primary password');
    expect(lookOf(machine.home)).toEqual(before);
  });

  it('says what to install where certutil is missing', async () => {
    const { machine } = await throwAwayMachine({ run: programRunner({ PATH: '/nonexistent' }) });
    expect(await surfaceOf(machine).obstacle()).toContain('libnss3-tools');
  });
});

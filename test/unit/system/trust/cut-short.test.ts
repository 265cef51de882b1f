// A kill at any instruction: between any two system calls that change a file, and inside the writing of a database.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SetupMachine, SetupSurface } from '../../../../src/system/surface.ts';
import { javaKeystore } from '../../../../src/system/trust/java-keystore.ts';
import { nssDatabase } from '../../../../src/system/trust/nss-database.ts';
import { hearing, lookOf, throwAwayMachine } from './machine.ts';

const nss = (machine: SetupMachine): SetupSurface => nssDatabase(machine, { folder: join(machine.home, '.pki/nssdb'), what: 'A database' });

function withDatabase({ home }: SetupMachine): string {
  const folder = join(home, '.pki/nssdb');
  mkdirSync(folder, { recursive: true });
  execFileSync('certutil', ['-N', '--empty-password', '-d', `sql:${folder}`]);
  return folder;
}

/** Dies when the program is called for the nth time, before it or after it. */
function dyingAt(machine: SetupMachine, call: number, when: 'before' | 'after'): { readonly machine: SetupMachine; readonly calls: () => number } {
  let calls = 0;
  const run = hearing(machine.run, () => {
    calls += 1;
    if (when === 'before' && calls === call) throw new Error('killed');
  });
  return {
    machine: {
      ...machine,
      run: async (file, args) => {
        const result = await run(file, args);
        if (when === 'after' && calls === call) throw new Error('killed');
        return result;
      },
    },
    calls: () => calls,
  };
}

describe('a change that is cut short', () => {
  it.each(['fresh', 'standing'] as const)('leaves nothing behind at any call of certutil (%s database)', async (kind) => {
    for (const when of ['before', 'after'] as const) {
      for (let call = 1, isKilled = true; isKilled; call += 1) {
        const { machine, ledger } = await throwAwayMachine();
        if (kind === 'standing') withDatabase(machine);
        const before = lookOf(machine.home);
        const dying = dyingAt(machine, call, when);
        isKilled = await ledger.apply(nss(dying.machine)).then(
          () => false,
          () => true,
        );
        await ledger.revert(nss(machine));
        expect(lookOf(machine.home), `${when} call ${call}`).toEqual(before);
        expect(ledger.open()).toEqual([]);
      }
    }
  });

  it('is recognised from any mixture of files, and put back or finished', async () => {
    for (const touched of [['cert9.db'], ['key4.db'], []] as const) {
      for (const end of ['revert', 'apply'] as const) {
        const { machine, ledger, folder } = await throwAwayMachine();
        const database = withDatabase(machine);
        const before = lookOf(machine.home);
        for (const name of ['cert9.db', 'key4.db']) copyFileSync(join(database, name), join(folder, name));
        await ledger.apply(nss(machine));
        // As if only these had been reached.
        for (const name of ['cert9.db', 'key4.db'] as const)
          if (!(touched as readonly string[]).includes(name)) copyFileSync(join(folder, name), join(database, name));
        if (end === 'apply') {
          await ledger.apply(nss(machine));
          expect(await nss(machine).roots?.()).toEqual([machine.ca.pem]);
        }
        await ledger.revert(nss(machine));
        expect(lookOf(machine.home)).toEqual(before);
      }
    }
  });

  it.each([4096, 8192, 20_480])('is recognised inside a database, %d bytes of which were written', async (written) => {
    for (const direction of ['forth', 'back'] as const) {
      const { machine, ledger } = await throwAwayMachine();
      const file = join(withDatabase(machine), 'cert9.db');
      const before = lookOf(machine.home);
      const original = readFileSync(file);
      await ledger.apply(nss(machine));
      const ours = readFileSync(file);
      const [from, to] = direction === 'forth' ? [original, ours] : [ours, original];
      writeFileSync(file, Buffer.concat([to.subarray(0, written), from.subarray(written)]));
      expect(await ledger.revert(nss(machine))).toMatchObject({ outcome: expect.stringMatching(/restored|already-original/) as string });
      expect(lookOf(machine.home)).toEqual(before);
    }
  });

  it('puts back what stood before even when somebody else has changed the database in between, without ours', async () => {
    const { machine, ledger, folder } = await throwAwayMachine();
    const database = withDatabase(machine);
    await ledger.apply(nss(machine));
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        join(folder, 'k'),
        '-out',
        join(folder, 'c'),
        '-subj',
        '/CN=Theirs',
      ],
      { stdio: 'ignore' },
    );
    execFileSync('certutil', ['-A', '-t', 'C,,', '-n', 'Theirs', '-i', join(folder, 'c'), '-d', `sql:${database}`]);
    for (let call = 1; call <= 6; call += 1) await ledger.revert(nss(dyingAt(machine, call, 'after').machine));
    expect(await ledger.revert(nss(machine))).toMatchObject({ surface: nss(machine).id });
    const listed = execFileSync('certutil', ['-L', '-d', `sql:${database}`], { encoding: 'utf8' });
    expect(listed).toContain('Theirs');
    expect(listed).not.toContain('Heimdall');
  });

  it('leaves nothing behind at any call of keytool', async () => {
    for (const call of [1, 2, 3]) {
      const { machine, ledger } = await throwAwayMachine();
      const file = join(machine.home, 'cacerts');
      copyFileSync('/etc/ssl/certs/java/cacerts', file);
      const before = lookOf(machine.home);
      const surface = (of: SetupMachine): SetupSurface => javaKeystore(of, { file, keytool: undefined });
      await ledger.apply(surface(dyingAt(machine, call, 'after').machine)).catch(() => undefined);
      await ledger.revert(surface(machine));
      expect(lookOf(machine.home)).toEqual(before);
      expect(ledger.open()).toEqual([]);
    }
  });
});

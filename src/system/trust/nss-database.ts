// A certificate database of NSS (Chromium, Firefox on Linux): changed by certutil, put back byte for byte.
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { nameOf, pemBlocks } from './certificates.ts';
import { keptSurface } from './kept-surface.ts';
import { stagedPlace } from './staged-store.ts';

/** The databases, and the list of modules that NSS makes with them. */
const databases = ['cert9.db', 'key4.db'] as const;

export interface NssDatabaseOptions {
  /** Absolute. */
  readonly folder: string;
  /** `Certificate database of Chromium and Chrome (~/.pki/nssdb)`. */
  readonly what: string;
}

export function nssDatabase(machine: SetupMachine, { folder, what }: NssDatabaseOptions): SetupSurface {
  const { run, ca } = machine;
  const name = nameOf(machine);
  const id = `trust.nss:${folder}`;

  const certutil = async (doing: string, database: string, ...args: readonly string[]): Promise<string> =>
    mustSucceed(`${doing} (${what})`, await run('certutil', [...args, '-d', `sql:${database}`]));
  const listed = async (database: string): Promise<readonly (readonly [nickname: string, trust: string])[]> =>
    trustLines(await certutil('Listing the certificates', database, '-L'));
  const removeOwn = async (stage: string, isMeant: (nickname: string) => boolean): Promise<void> => {
    for (const [nickname] of await listed(stage)) {
      if (isOwn(nickname) && isMeant(nickname)) await certutil('Removing the certificate', stage, '-D', '-n', nickname, '-f', noPassword(stage));
    }
  };

  const place = stagedPlace({
    id,
    files: [...databases, 'pkcs11.txt'].map((file) => join(folder, file)),
    fingerprint: ca.fingerprint,
    isDatabase: (file) => file.endsWith('.db'),
    add: async (stage) => {
      const password = noPassword(stage);
      if (!existsSync(join(stage, 'cert9.db'))) await certutil('Making the certificate database', stage, '-N', '-f', password);
      await removeOwn(stage, (nickname) => nickname !== name);
      const { code, stdout, stderr } = await run('certutil', ['-A', '-t', 'C,,', '-n', name, '-i', ca.file, '-f', password, '-d', `sql:${stage}`]);
      if (/SEC_ERROR_BAD_PASSWORD|SEC_ERROR_TOKEN_NOT_LOGGED_IN/.test(stderr)) {
        throw new Error(
          `${what} is locked with a primary password that Heimdall does not know. Open the browser's certificate settings and import ${ca.file} under Authorities there.`,
        );
      }
      mustSucceed(`Adding the certificate (${what})`, { code, stdout, stderr });
    },
    remove: async (stage) => {
      await removeOwn(stage, () => true);
      if ((await listed(stage)).length > 0) return false;
      return /no keys found/.test((await run('certutil', ['-K', '-f', noPassword(stage), '-d', `sql:${stage}`])).stderr);
    },
    // NSS writes into the list of its modules where the database was made.
    finished: (file, bytes, stage) => (file.endsWith('pkcs11.txt') ? Buffer.from(bytes.toString('utf8').replaceAll(stage, folder)) : bytes),
    owner: () => statSync(machine.home),
  });

  return {
    ...keptSurface(machine, place),
    group: 'trust',
    life: 'lasting',
    what,
    to: `the certificate "${name}", trusted for web servers`,
    obstacle: async () => {
      const { code, stderr } = await run('certutil', ['--help']);
      return code === -1 && /ENOENT/.test(stderr)
        ? 'The program certutil is missing. Install libnss3-tools (Debian, Ubuntu), nss-tools (Fedora), nss (Arch) or mozilla-nss-tools (openSUSE).'
        : undefined;
    },
    roots: async () => {
      if (!existsSync(join(folder, 'cert9.db'))) return [];
      const trusted = (await listed(folder)).filter(([, trust]) => trust.split(',')[0]?.includes('C'));
      const shown: string[] = [];
      for (const [nickname] of trusted) shown.push(...pemBlocks(await certutil('Reading a certificate', folder, '-L', '-a', '-n', nickname)));
      return shown;
    },
  };
}

const isOwn = (nickname: string): boolean => /^Heimdall [0-9A-F]{8}$/.test(nickname);

/** `Nickname    C,,`: the trust for TLS, mail and code. */
function trustLines(printed: string): readonly (readonly [string, string])[] {
  return printed.split('\n').flatMap((line) => {
    const [, nickname, trust] = /^(.*\S)\s+([a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]*)\s*$/.exec(line) ?? [];
    // The second line of the heading has the same shape.
    return nickname === undefined || trust === undefined || trust === 'MIME,JAR/XPI' ? [] : [[nickname, trust] as const];
  });
}

/** A file that answers "no password", so that certutil never waits for a person. */
function noPassword(stage: string): string {
  const file = join(stage, 'no-password');
  writeFileSync(file, '\n', { mode: 0o600 });
  return file;
}

// Where the CA is trusted for this user: the NSS database of Chromium on Linux, the login keychain on macOS, the user's Root store on Windows.
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';

export function trustSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  if (machine.platform === 'darwin') return [loginKeychain(machine)];
  if (machine.platform === 'win32') return [userRootStore(machine)];
  return [nssDatabase(machine)];
}

/** The name under which the store shows the certificate: with its fingerprint, so that two installations do not meet (a colon would name a token). */
const nameOf = ({ ca }: SetupMachine): string => `Heimdall ${ca.fingerprint.replaceAll(':', '').slice(0, 8)}`;

const trusted = 'trusted';
const absent = 'absent';
/** The folder was not there at all: putting it back takes it away again. */
const noDatabase = 'no-database';

function nssDatabase(machine: SetupMachine): SetupSurface {
  const { home, run, ca } = machine;
  const folder = join(home, '.pki', 'nssdb');
  const database = `sql:${folder}`;
  const certutil = async (what: string, ...args: readonly string[]): Promise<string> => mustSucceed(what, await run('certutil', [...args, '-d', database]));
  return {
    id: 'trust.nss',
    group: 'trust',
    life: 'lasting',
    what: 'Certificate database of Chromium and Chrome (~/.pki/nssdb)',
    to: `the certificate "${nameOf(machine)}", trusted for web servers`,
    wanted: () => trusted,
    obstacle: async () => {
      const { code, stderr } = await run('certutil', ['--help']);
      return code === -1 && /ENOENT/.test(stderr)
        ? 'The program certutil is missing. Install libnss3-tools (Debian, Ubuntu) or nss-tools (Fedora, Arch: nss).'
        : undefined;
    },
    read: async () => {
      if (!existsSync(join(folder, 'cert9.db'))) return noDatabase;
      const { code, stdout } = await run('certutil', ['-L', '-n', nameOf(machine), '-a', '-d', database]);
      return code === 0 && stdout.includes(ca.pem.trim().split('\n')[1] ?? '') ? trusted : absent;
    },
    write: async (value) => {
      if (value === trusted) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (!existsSync(join(folder, 'cert9.db'))) await certutil('Making the certificate database', '-N', '--empty-password');
        await certutil('Adding the certificate', '-A', '-t', 'C,,', '-n', nameOf(machine), '-i', ca.file);
        return;
      }
      await certutil('Removing the certificate', '-D', '-n', nameOf(machine));
      // Only a database that holds nothing else is taken away again.
      const others = (await certutil('Listing the certificates', '-L')).split('\n').filter((line) => /\s[cCtTpPuw]*,[cCtTpPuw]*,[cCtTpPuw]*\s*$/.test(line));
      if (value === noDatabase && others.length === 0) for (const file of ['cert9.db', 'key4.db', 'pkcs11.txt']) rmSync(join(folder, file), { force: true });
    },
  };
}

function loginKeychain(machine: SetupMachine): SetupSurface {
  const { home, run, ca } = machine;
  const keychain = `${home}/Library/Keychains/login.keychain-db`;
  const sha1 = sha1Of(ca.pem);
  return {
    id: 'trust.login-keychain',
    group: 'trust',
    life: 'lasting',
    what: 'Login keychain (Keychain Access, “login”)',
    to: 'the certificate "Heimdall", trusted for TLS; macOS asks for your password',
    wanted: () => trusted,
    obstacle: () => Promise.resolve(undefined),
    read: async () => {
      const { stdout } = await run('/usr/bin/security', ['find-certificate', '-a', '-Z', keychain]);
      return stdout.toUpperCase().includes(`SHA-1 HASH: ${sha1}`) ? trusted : absent;
    },
    write: async (value) => {
      const args =
        value === trusted ? ['add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', '-k', keychain, ca.file] : ['delete-certificate', '-Z', sha1, '-t', keychain];
      mustSucceed(value === trusted ? 'Trusting the certificate' : 'Removing the certificate', await run('/usr/bin/security', args));
    },
  };
}

function userRootStore({ run, ca }: SetupMachine): SetupSurface {
  const sha1 = sha1Of(ca.pem);
  return {
    id: 'trust.user-root',
    group: 'trust',
    life: 'lasting',
    what: 'Trusted Root Certification Authorities of this user',
    to: 'the certificate "Heimdall"; Windows asks you to confirm',
    wanted: () => trusted,
    obstacle: () => Promise.resolve(undefined),
    read: async () => ((await run('certutil.exe', ['-user', '-store', 'Root', sha1])).code === 0 ? trusted : absent),
    write: async (value) => {
      const args = value === trusted ? ['-user', '-addstore', 'Root', ca.file] : ['-user', '-delstore', 'Root', sha1];
      mustSucceed(value === trusted ? 'Adding the certificate' : 'Removing the certificate', await run('certutil.exe', args));
    },
  };
}

/** Both systems' tools name certificates so. */
function sha1Of(pem: string): string {
  return createHash('sha1').update(new X509Certificate(pem).raw).digest('hex').toUpperCase();
}

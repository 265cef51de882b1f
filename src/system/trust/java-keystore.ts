// A certificate store of Java (`cacerts`): changed by keytool, put back byte for byte.
import { accessSync, constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { markOf, nameOf, pemBlocks } from './certificates.ts';
import type { JavaKeystore } from './java-keystores.ts';
import { isOurs, keptSurface } from './kept-surface.ts';
import { asAdministrator } from './privilege.ts';
import { stagedPlace } from './staged-store.ts';

/** What every runtime ships with; the store is not secret. */
const password = 'changeit';

export function javaKeystore(machine: SetupMachine, { file, keytool = 'keytool' }: JavaKeystore): SetupSurface {
  const { run, ca } = machine;
  const alias = `heimdall-${markOf(machine).toLowerCase()}`;
  const name = basename(file);
  const call = async (doing: string, store: string, ...args: readonly string[]): Promise<string> => {
    const said = await run(keytool, [...args, '-keystore', store, '-storepass', password]);
    if (said.code !== 0 && /password was incorrect/i.test(said.stdout + said.stderr)) {
      throw new Error(
        `${file} has a password of its own. Add the certificate yourself: keytool -importcert -alias ${alias} -file "${ca.file}" -keystore "${file}"`,
      );
    }
    return mustSucceed(`${doing} (${file})`, said);
  };
  const removeOwn = async (store: string, isMeant: (alias: string) => boolean): Promise<void> => {
    // `heimdall-0a1b2c3d, Nov 22, 2026, trustedCertEntry,`
    const aliases = (await call('Listing the certificates', store, '-list')).matchAll(/^(heimdall-[0-9a-f]{8}), /gim);
    for (const [, own = ''] of aliases) if (isMeant(own)) await call('Removing the certificate', store, '-delete', '-alias', own);
  };
  const place = stagedPlace({
    id: `trust.java:${file}`,
    files: [file],
    fingerprint: ca.fingerprint,
    isDatabase: () => false,
    add: async (stage) => {
      const store = join(stage, name);
      await removeOwn(store, () => true);
      await call('Adding the certificate', store, '-importcert', '-noprompt', '-trustcacerts', '-alias', alias, '-file', ca.file);
    },
    remove: async (stage) => {
      await removeOwn(join(stage, name), () => true);
      return false;
    },
  });
  const surface = keptSurface(machine, place);
  return {
    ...surface,
    group: 'trust',
    life: 'lasting',
    what: `Certificate store of Java (${file})`,
    to: `the certificate "${nameOf(machine)}"`,
    obstacle: async () => {
      const value = await surface.read();
      if (isOurs(value) && value.ours === ca.fingerprint) return undefined;
      if (!isWritable(file)) return asAdministrator(machine, `${file} may only be changed by ${machine.platform === 'win32' ? 'an administrator' : 'root'}`);
      const { code, stderr } = keytool === 'keytool' ? await run(keytool, ['-help']) : { code: 0, stderr: '' };
      return code === -1 && /ENOENT/.test(stderr) ? `The program keytool, which Java brings, was not found. Install a Java runtime that has it.` : undefined;
    },
    roots: async () => pemBlocks(await call('Listing the certificates', file, '-list', '-rfc')),
  };
}

/** The file is replaced whole, so its folder counts too. */
function isWritable(file: string): boolean {
  try {
    for (const path of [file, dirname(file)]) accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

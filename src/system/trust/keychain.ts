// macOS: the login keychain of the user, and the System keychain of the whole machine, by the `security` tool.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { systemPath } from '../surface.ts';
import { certificateStore } from './certificate-store.ts';
import { commonNameOf, nameOf, pemBlocks } from './certificates.ts';
import { KeptFiles } from './kept-files.ts';
import { asAdministrator } from './privilege.ts';

const security = '/usr/bin/security';

export function systemKeychain(machine: SetupMachine): SetupSurface {
  const keychain = systemPath(machine, '/Library/Keychains/System.keychain');
  return keychainSurface(machine, {
    id: 'trust.system-keychain',
    keychain,
    domain: ['-d'],
    what: 'System keychain (Keychain Access, “System”)',
    to: `the certificate "${nameOf(machine)}", trusted for TLS by every user; macOS asks for an administrator`,
    hindrance: () => Promise.resolve(machine.isPrivileged ? undefined : asAdministrator(machine, 'The System keychain belongs to the whole computer')),
  });
}

export function loginKeychain(machine: SetupMachine, system: SetupSurface): SetupSurface {
  return keychainSurface(machine, {
    id: 'trust.login-keychain',
    keychain: `${machine.home}/Library/Keychains/login.keychain-db`,
    domain: [],
    what: 'Login keychain (Keychain Access, “login”)',
    to: `the certificate "${nameOf(machine)}", trusted for TLS; macOS asks for your password`,
    hindrance: async () => {
      const isElsewhere = machine.isPrivileged || JSON.stringify(await system.read()) === JSON.stringify(system.wanted([]));
      return isElsewhere ? 'The System keychain is used instead: every user goes by it, so nothing is to be done here.' : undefined;
    },
  });
}

interface Keychain extends Pick<SetupSurface, 'id' | 'what' | 'to'> {
  readonly keychain: string;
  /** `-d`: the administrator's trust settings. */
  readonly domain: readonly string[];
  readonly hindrance: () => Promise<string | undefined>;
}

function keychainSurface(machine: SetupMachine, { keychain, domain, ...words }: Keychain): SetupSurface {
  const { run, ca, dataDir } = machine;
  const list = async (): Promise<readonly string[]> => pemBlocks((await run(security, ['find-certificate', '-a', '-p', keychain])).stdout);
  return certificateStore(machine, {
    ...words,
    list,
    roots: async () => {
      const names = trustedNames((await run(security, ['dump-trust-settings', ...domain])).stdout);
      return (await list()).filter((pem) => names.has(commonNameOf(pem)));
    },
    add: async () => {
      const args = ['add-trusted-cert', ...domain, '-r', 'trustRoot', '-p', 'ssl', '-k', keychain, ca.file];
      mustSucceed('Trusting the certificate', await run(security, args));
    },
    remove: async (sha1, pem) => {
      const kept = new KeptFiles(dataDir);
      const file = join(kept.stage(), 'removed.pem');
      writeFileSync(file, pem);
      try {
        // Its trust settings first: they are found by the certificate. Without any it fails, which is no harm.
        await run(security, ['remove-trusted-cert', ...domain, file]);
        mustSucceed('Removing the certificate', await run(security, ['delete-certificate', '-Z', sha1, keychain]));
      } finally {
        kept.clean();
      }
    },
  });
}

/** `Cert 0: Heimdall CA 0a1b2c3d`, each followed by its settings; one that is refused is listed as well. */
function trustedNames(printed: string): ReadonlySet<string> {
  const sections = printed.split(/^Cert \d+: /m).slice(1);
  return new Set(sections.filter((section) => !section.includes('ResultDeny')).map((section) => section.split('\n')[0]?.trim() ?? ''));
}

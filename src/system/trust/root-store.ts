// Windows: the trusted roots of the user and of the whole machine, read by PowerShell and changed by certutil.exe.
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { certificateStore } from './certificate-store.ts';
import { nameOf, pemBlocks } from './certificates.ts';
import { asAdministrator } from './privilege.ts';

export function machineRootStore(machine: SetupMachine): SetupSurface {
  return rootStore(machine, {
    id: 'trust.machine-root',
    location: 'LocalMachine',
    scope: [],
    what: 'Trusted Root Certification Authorities of this computer',
    to: `the certificate "${nameOf(machine)}", trusted by every user`,
    hindrance: () => Promise.resolve(machine.isPrivileged ? undefined : asAdministrator(machine, 'The store belongs to the whole computer')),
  });
}

export function userRootStore(machine: SetupMachine): SetupSurface {
  return rootStore(machine, {
    id: 'trust.user-root',
    // Shows what the machine's store holds too, because the user trusts that as well: then nothing is to be done here.
    location: 'CurrentUser',
    scope: ['-user'],
    what: 'Trusted Root Certification Authorities of this user',
    to: `the certificate "${nameOf(machine)}"; Windows asks you to confirm`,
    hindrance: () =>
      Promise.resolve(machine.isPrivileged ? 'The store of this computer is used instead: every user goes by it, so nothing is to be done here.' : undefined),
  });
}

interface RootStore extends Pick<SetupSurface, 'id' | 'what' | 'to'> {
  readonly location: 'LocalMachine' | 'CurrentUser';
  readonly scope: readonly string[];
  readonly hindrance: () => Promise<string | undefined>;
}

function rootStore(machine: SetupMachine, { location, scope, ...words }: RootStore): SetupSurface {
  const { run, ca } = machine;
  // certutil's listing is translated; this one is not.
  const script = `Get-ChildItem Cert:\\${location}\\Root | ForEach-Object { '-----BEGIN CERTIFICATE-----'; [Convert]::ToBase64String($_.RawData, 'InsertLineBreaks'); '-----END CERTIFICATE-----' }`;
  const list = async (): Promise<readonly string[]> =>
    pemBlocks(mustSucceed('Reading the trusted roots', await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script])));
  return certificateStore(machine, {
    ...words,
    list,
    roots: list,
    add: async () => {
      mustSucceed('Adding the certificate', await run('certutil.exe', [...scope, '-addstore', 'Root', ca.file]));
    },
    remove: async (sha1) => {
      mustSucceed('Removing the certificate', await run('certutil.exe', [...scope, '-delstore', 'Root', sha1]));
    },
  });
}

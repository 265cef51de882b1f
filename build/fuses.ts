// The fuses of the packaged program: each is a way in that a tray app has no use for, so all are shut.
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import type { Configuration } from 'electron-builder';

/** How the wire in the program spells a fuse: the characters 1 and 0. */
const state = { on: 0x31, off: 0x30 } as const;

type BuilderFuses = NonNullable<Configuration['electronFuses']>;

interface Fuse {
  readonly option: FuseV1Options;
  /** The name electron-builder gives it. */
  readonly builder: keyof BuilderFuses;
  /** How it must be: most are off, three protections are on. */
  readonly set: boolean;
  readonly why: string;
}

const fuses: readonly Fuse[] = [
  { option: FuseV1Options.RunAsNode, builder: 'runAsNode', set: false, why: 'ELECTRON_RUN_AS_NODE would lend our signed program to any script' },
  { option: FuseV1Options.EnableCookieEncryption, builder: 'enableCookieEncryption', set: true, why: 'cookies on disk are encrypted' },
  {
    option: FuseV1Options.EnableNodeOptionsEnvironmentVariable,
    builder: 'enableNodeOptionsEnvironmentVariable',
    set: false,
    why: 'NODE_OPTIONS would load foreign code',
  },
  { option: FuseV1Options.EnableNodeCliInspectArguments, builder: 'enableNodeCliInspectArguments', set: false, why: '--inspect would let anyone in' },
  {
    option: FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
    builder: 'enableEmbeddedAsarIntegrityValidation',
    set: true,
    why: 'a changed app.asar does not start (macOS, Windows)',
  },
  { option: FuseV1Options.OnlyLoadAppFromAsar, builder: 'onlyLoadAppFromAsar', set: true, why: 'a folder put beside the archive is not run' },
  { option: FuseV1Options.LoadBrowserProcessSpecificV8Snapshot, builder: 'loadBrowserProcessSpecificV8Snapshot', set: false, why: 'we ship no snapshot' },
  { option: FuseV1Options.GrantFileProtocolExtraPrivileges, builder: 'grantFileProtocolExtraPrivileges', set: false, why: 'the face comes over app://' },
];

/** As electron-builder wants them. `inspectable` opens the one that Playwright needs: for tests, never shipped. */
export function builderFuses(inspectable: boolean): BuilderFuses {
  const shut = Object.fromEntries(fuses.map(({ builder, set }) => [builder, set])) as BuilderFuses;
  return { ...shut, ...(inspectable ? { enableNodeCliInspectArguments: true } : {}) };
}

/** One sentence per fuse of this program that is not as it must be; empty when all are shut. */
export async function openFuses(executable: string): Promise<string[]> {
  const wire = await getCurrentFuseWire(executable);
  return fuses
    .filter(({ option, set }) => Number(wire[option]) !== (set ? state.on : state.off))
    .map(({ builder, why }) => `the fuse ${builder} is not set as it must be: ${why}`);
}

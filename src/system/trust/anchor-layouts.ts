// How each family of Linux takes further roots: where they are laid down, what its tool makes of them, and how that is called.
import { existsSync } from 'node:fs';
import type { SetupMachine } from '../surface.ts';
import { systemPath } from '../surface.ts';

export interface AnchorLayout {
  /** For people: `Debian, Ubuntu`. */
  readonly system: string;
  /** Folder for roots of this machine, with the ending they must have. */
  readonly anchors: string;
  readonly ending: '.crt' | '.pem';
  /** What the tool writes; `deep`: folders in it too. */
  readonly generated: readonly { readonly folder: string; readonly deep: boolean }[];
  /** The file with every root. */
  readonly bundle: string;
  readonly program: string;
  /** `fresh`: roots have gone, so links to them must go. */
  readonly args: (fresh: boolean) => readonly string[];
}

/** The layout of this machine, its paths already under the machine's root. */
export function anchorLayout(machine: Pick<SetupMachine, 'root'>): AnchorLayout | undefined {
  const at = (path: string): string => systemPath(machine, path);
  const layouts: readonly AnchorLayout[] = [
    {
      system: 'Arch',
      anchors: at('/etc/ca-certificates/trust-source/anchors'),
      ending: '.pem',
      generated: [
        { folder: at('/etc/ca-certificates/extracted'), deep: true },
        { folder: at('/etc/ssl/certs'), deep: true },
      ],
      bundle: at('/etc/ca-certificates/extracted/tls-ca-bundle.pem'),
      program: '/usr/bin/trust',
      args: () => ['extract-compat'],
    },
    {
      system: 'Fedora, RHEL',
      anchors: at('/etc/pki/ca-trust/source/anchors'),
      ending: '.pem',
      generated: [{ folder: at('/etc/pki/ca-trust/extracted'), deep: true }],
      bundle: at('/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'),
      program: '/usr/bin/update-ca-trust',
      args: () => ['extract'],
    },
    {
      system: 'openSUSE',
      anchors: at('/etc/pki/trust/anchors'),
      ending: '.pem',
      generated: [{ folder: at('/var/lib/ca-certificates'), deep: true }],
      bundle: at('/var/lib/ca-certificates/ca-bundle.pem'),
      program: '/usr/sbin/update-ca-certificates',
      args: () => [],
    },
    {
      system: 'Debian, Ubuntu',
      anchors: at('/usr/local/share/ca-certificates'),
      ending: '.crt',
      // Java's store stands in a folder below it and has a surface of its own.
      generated: [{ folder: at('/etc/ssl/certs'), deep: false }],
      bundle: at('/etc/ssl/certs/ca-certificates.crt'),
      program: '/usr/sbin/update-ca-certificates',
      args: (fresh) => [
        ...(fresh ? ['--fresh'] : []),
        // A folder that is not there, so that no hook runs: the one of Java would change a store that is put back on its own.
        '--hooksdir',
        '/nonexistent',
        ...(machine.root === '/' ? [] : debianRoots(at)),
      ],
    },
  ];
  return layouts.find(({ anchors }) => existsSync(anchors));
}

const debianRoots = (at: (path: string) => string): readonly string[] => [
  '--certsconf',
  at('/etc/ca-certificates.conf'),
  '--certsdir',
  at('/usr/share/ca-certificates'),
  '--localcertsdir',
  at('/usr/local/share/ca-certificates'),
  '--etccertsdir',
  at('/etc/ssl/certs'),
];

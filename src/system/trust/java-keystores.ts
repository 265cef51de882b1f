// Where the certificate stores of Java are on this machine: each runtime brings one, or a link to a shared one.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { SetupMachine } from '../surface.ts';
import { systemPath } from '../surface.ts';
import { namesIn } from './kept-files.ts';

export interface JavaKeystore {
  /** Absolute, no link. */
  readonly file: string;
  /** The keytool of a runtime that uses it; undefined: whatever is on the path. */
  readonly keytool: string | undefined;
}

type Place = Pick<SetupMachine, 'platform' | 'env' | 'home' | 'root'>;

/** `generated`: folders whose files the system's own trust tool makes, Java's included. */
export function javaKeystores(machine: Place, generated: readonly string[]): readonly JavaKeystore[] {
  const found = new Map<string, JavaKeystore>();
  const candidates = javaHomes(machine).flatMap((home) => [
    { file: join(home, 'lib', 'security', 'cacerts'), home },
    { file: join(home, 'jre', 'lib', 'security', 'cacerts'), home },
  ]);
  const shared = machine.platform === 'linux' ? [{ file: systemPath(machine, '/etc/ssl/certs/java/cacerts'), home: undefined }] : [];
  for (const { file, home } of [...candidates, ...shared]) {
    if (!existsSync(file)) continue;
    const real = realpathSync(file);
    if (!isInside(real, machine) || generated.some((folder) => real.startsWith(`${folder}/`))) continue;
    found.set(real, { file: real, keytool: found.get(real)?.keytool ?? keytoolOf(home, machine) });
  }
  return [...found.values()];
}

/** In tests the machine is a folder: a link out of it leads to another machine. */
const isInside = (file: string, { root, home }: Place): boolean =>
  root === '/' || [root, home].some((folder) => existsSync(folder) && file.startsWith(`${realpathSync(folder)}/`));

function keytoolOf(home: string | undefined, { platform }: Place): string | undefined {
  if (home === undefined) return undefined;
  const file = join(home, 'bin', platform === 'win32' ? 'keytool.exe' : 'keytool');
  return existsSync(file) ? file : undefined;
}

function javaHomes(machine: Place): readonly string[] {
  const { platform, env, home } = machine;
  const chosen = env.JAVA_HOME;
  const system = (path: string): string => systemPath(machine, path);
  const below = (folder: string, ...rest: readonly string[]): readonly string[] => namesIn(folder).map((name) => join(folder, name, ...rest));
  const everywhere = [
    ...(chosen === undefined || chosen === '' ? [] : [chosen.startsWith(home) ? chosen : system(chosen)]),
    ...below(join(home, '.sdkman', 'candidates', 'java')),
    ...below(join(home, '.jdks')),
  ];
  if (platform === 'darwin') {
    return [
      ...everywhere,
      ...below(system('/Library/Java/JavaVirtualMachines'), 'Contents', 'Home'),
      ...below(join(home, 'Library', 'Java', 'JavaVirtualMachines'), 'Contents', 'Home'),
    ];
  }
  if (platform === 'win32') {
    const programs = system(env.ProgramFiles ?? String.raw`C:\Program Files`);
    return [...everywhere, ...['Java', 'Eclipse Adoptium', 'Microsoft', 'Amazon Corretto', 'Zulu'].flatMap((vendor) => below(join(programs, vendor)))];
  }
  return [...everywhere, ...below(system('/usr/lib/jvm')), ...below(system('/usr/java')), ...below(system('/opt/java'))];
}

// One place of the machine that Heimdall may change: how it is read, set, and told apart from what others do to it.
import type { SurfaceGroup } from '../contract/setup.ts';
import type { RunProgram } from './run-program.ts';

/** A value of the machine as it can be written down. */
export type Register = string | number | boolean | null | readonly Register[] | { readonly [key: string]: Register };

/** The three sides of a three-way merge. */
export interface ThreeWay {
  /** What stands there now, changed by somebody since. */
  readonly current: Register;
  /** What was there before Heimdall. */
  readonly original: Register;
  /** What Heimdall put. */
  readonly ours: Register;
}

/** One place of the machine that can be read and set whole. */
export interface Surface {
  /** Stable, with the path where there may be several: `proxy.gnome`, `trust.nss:/home/a/.pki/nssdb`. */
  readonly id: string;
  read(): Promise<Register>;
  write(value: Register): Promise<void>;
  /**
   * What somebody has made of the place since, without what is ours; undefined: theirs is to be left as it is.
   * Asked only when the place holds neither our value nor the original. Absent: theirs is always left.
   */
  without?(sides: ThreeWay): Register | undefined;
  /** Ports of this computer that a value sends traffic to. An original that names a dead one is never put back: `neutral` takes its place. */
  localPorts?(value: Register): readonly number[];
  /** The value, without the proxy it names. */
  neutral?(value: Register): Register;
  /** Takes away what a `write` that was cut short may have left beside the place (temporary files). */
  sweep?(): Promise<void>;
}

/** A surface with the words for people and the value that is wanted there. */
export interface SetupSurface extends Surface {
  readonly group: SurfaceGroup;
  /**
   * `live`: it names the proxy, so it stands only while the agent listens; applied at start, reverted at stop, by the watchdog after a crash.
   * `lasting`: harmless without the agent (trust, a line that reads a file if it is there); stands until `restore`.
   */
  readonly life: 'live' | 'lasting';
  /** What is changed: `Certificate database of Chromium (~/.pki/nssdb)`. */
  readonly what: string;
  /** What will stand there, in words. */
  readonly to: string;
  /** What the place is to be set to, given what it would hold without us. Pure. */
  wanted(base: Register): Register;
  /** Why it cannot or must not be changed here, as a sentence with what to do; undefined when it can. */
  obstacle(): Promise<string | undefined>;
  /** Trust stores: the root certificates that this store yields now, PEM each. A handshake with these alone proves the trust. */
  roots?(): Promise<readonly string[]>;
}

/** The machine as surfaces see it: everything that differs between systems and tests is injected here. */
export interface SetupMachine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly home: string;
  /** `/` on a real machine. Tests put a throw-away folder here: every path outside the home starts from it (`systemPath`). */
  readonly root: string;
  /** Heimdall's own data folder, absolute. Files that surfaces point at (bundles, scripts) live here. */
  readonly dataDir: string;
  readonly run: RunProgram;
  /** How the agent's program is started: `node entry run`. Absolute paths. */
  readonly program: { readonly node: string; readonly entry: string };
  /** Root or administrator: may change what belongs to the whole machine. */
  readonly isPrivileged: boolean;
  readonly ca: { readonly file: string; readonly pem: string; /** SHA-256, hex pairs with colons. */ readonly fingerprint: string };
  /** Where the agent listens on 127.0.0.1. */
  readonly port: () => number;
  /** Host patterns that are intercepted: `api.openai.com`, `*.openai.azure.com`. */
  readonly hosts: readonly string[];
  /** Process of the agent that listens, so that a script can tell that it died; absent outside the agent. */
  readonly agentPid?: (() => number | undefined) | undefined;
  /** The settings say which proxy the agent goes on through, so that any other that a program was given may be replaced by ours. */
  readonly hasNamedUpstream?: boolean | undefined;
  /** Capture of programs that ignore proxies, as the agent of this process does it; absent outside the agent. */
  readonly strict?: StrictState | undefined;
}

export interface StrictState {
  readonly method: 'nftables' | 'hosts';
  /** Where connections that were led to the agent are taken; undefined while they are not. */
  readonly transparentPort: () => number | undefined;
  /** Why they are not, as a sentence with what to do. */
  readonly trouble: () => string | undefined;
}

export const proxyUrl = ({ port }: Pick<SetupMachine, 'port'>): string => `http://127.0.0.1:${port()}`;
export const pacUrl = ({ port }: Pick<SetupMachine, 'port'>): string => `http://127.0.0.1:${port()}/proxy.pac`;

/** Whether a PAC address is one of ours, whatever port it names. */
export const isOwnPac = (url: string): boolean => /^http:\/\/(127\.0\.0\.1|localhost):\d+\/proxy\.pac$/.test(url);

/** A path outside the home: `/etc/ssl/certs`. */
export function systemPath({ root }: Pick<SetupMachine, 'root'>, path: string): string {
  return root === '/' ? path : `${root}${path}`;
}

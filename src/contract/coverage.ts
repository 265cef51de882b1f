// How far an app is covered, step by step, each with what proved it; and what is known of an app that decides how it can be.

/** In this order: a step without the one before it is rare, but possible (a client pointed at the port by hand). */
export const coverageSteps = ['detected', 'wired', 'trusted', 'observed', 'enforced'] as const;
export type CoverageStepId = (typeof coverageSteps)[number];

export interface CoverageStep {
  readonly state: 'yes' | 'no' | 'unknown';
  /** What proved it, or what was looked at. */
  readonly how: string;
  /** Why it is not so. */
  readonly reason?: string | undefined;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

export type AppCoverage = Readonly<Record<CoverageStepId, CoverageStep>>;

/** Where a program learns of the proxy. `own`: a setting that only a person can make there. */
export type ProxyRoute =
  | { readonly kind: 'system' | 'environment'; /** Only on these systems; absent: on all. */ readonly on?: readonly string[] }
  /** A settings file that Heimdall edits: ids of surfaces begin with `surface` and, where named, have a folder `within` in their path. */
  | { readonly kind: 'settings'; readonly surface: string; readonly within?: string }
  | { readonly kind: 'own'; readonly where: string };

/**
 * Whose roots a program believes. `bundle`: a PEM file that replaces its roots, named by the environment. `node-extra`: one that adds to them.
 * `nss`: the database of Chromium on Linux. `pinned`: its own list, which nothing can be added to.
 */
export type TrustStore = 'os' | 'nss' | 'firefox' | 'node-extra' | 'bundle' | 'java' | 'pinned';

/** What an app is called where packages are listed. */
export interface PackageNames {
  /** Debian, RPM, Homebrew (casks and formulas), Snap and Flatpak: names as they stand there. */
  readonly system?: readonly string[];
  readonly npm?: readonly string[];
  readonly pip?: readonly string[];
  readonly cargo?: readonly string[];
  /** Extensions of VS Code and its forks: `publisher.name`, lower case. */
  readonly extensions?: readonly string[];
  /** Begin of the name in the list of installed programs of Windows. */
  readonly windows?: readonly string[];
}

export interface AppFacts {
  /** One that stands is enough. Empty: it takes no proxy at all. */
  readonly routes: readonly ProxyRoute[];
  /** One that holds the certificate is enough. */
  readonly trust: readonly TrustStore[];
  /** A host it calls: what its route is tried with. */
  readonly host: string;
  readonly packages?: PackageNames;
  /** It is part of these apps, so its calls are seen as theirs; told apart by the provider it calls. */
  readonly partOf?: { readonly apps: readonly string[]; readonly provider: string | undefined };
}

/** The newest of one kind of thing that was seen of an app. */
export interface Sighting {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly host: string;
}

/** What the log holds of an app that tells how far it is covered. */
export interface AppSightings {
  /** A request inside TLS that the app accepted from us. */
  readonly lastExchange?: Sighting | undefined;
  /** One on which policy was evaluated. */
  readonly lastEnforced?: Sighting | undefined;
  /** A connection to an AI host that was passed on unread; `why` where the reason is not the host alone. */
  readonly lastTunnel?: (Sighting & { readonly why: string | undefined }) | undefined;
  /** A TLS handshake in which the app refused our certificate. */
  readonly lastRejection?: Sighting | undefined;
  /** By provider: the newest exchange or tunnel. */
  readonly providers: ReadonlyMap<string, Sighting>;
}

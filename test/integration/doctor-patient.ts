// A patient for the doctor in a folder of the test's own, with every provider led to the test's fake: nothing real is dialled.
import { X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openAuthority } from '../../src/ca/authority.ts';
import { interceptedHosts } from '../../src/catalog/match.ts';
import { loadSettings } from '../../src/config/settings.ts';
import type { LoadSettingsOptions } from '../../src/config/settings.ts';
import type { DiagnosticCheck } from '../../src/contract/diagnostics.ts';
import type { AgentStatus } from '../../src/contract/status.ts';
import { examine } from '../../src/doctor/doctor.ts';
import type { ExaminationOptions } from '../../src/doctor/doctor.ts';
import { liveInstruments } from '../../src/doctor/instruments.ts';
import type { Instruments, Patient } from '../../src/doctor/patient.ts';
import { providerHosts } from '../../src/doctor/upstream-exams.ts';
import { setupMachine } from '../../src/system/setup-machine.ts';
import { Setup } from '../../src/system/setup.ts';
import { createAuthority } from '../fakes/certificates.ts';
import type { ServerCertificate } from '../fakes/certificates.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import { temporaryFolder } from './running-agent.ts';

type Overrides = NonNullable<LoadSettingsOptions['overrides']>;

export interface PatientOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Overrides;
  readonly network?: Overrides['network'];
  /** Where the providers are; without it, an address that nothing listens on. */
  readonly providerPort?: number;
  /** PEM of the roots that upstreams are judged by. */
  readonly roots?: readonly string[];
  /** Those of them that count as public. */
  readonly publicRoots?: readonly string[];
  readonly instruments?: Partial<Instruments>;
  /** The port and version of an agent that is said to run. */
  readonly agent?: { readonly port: number; readonly version?: string; readonly addresses?: readonly string[]; readonly warnings?: AgentStatus['warnings'] };
  readonly interfacesAtStart?: readonly string[];
  /** When the CA was made. */
  readonly caMadeAt?: Date;
  /** With the places of the set-up, which take their time to be read. */
  readonly withSetup?: true;
}

export async function makePatient(options: PatientOptions = {}): Promise<Patient> {
  const folder = temporaryFolder();
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const env = { HOME: folder, ...options.env };
  const machine = { platform: process.platform, env, home: folder, cwd: folder };
  const rootFile = join(folder, 'roots.pem');
  writeFileSync(rootFile, (options.roots ?? []).join('\n'));
  const connectTo = Object.fromEntries(providerHosts().map(({ host }) => [host, `127.0.0.1:${options.providerPort ?? 1}`]));
  const network = { connectTo, extraRoots: options.roots ? [rootFile] : [], ...options.network };
  const loaded = loadSettings({ ...machine, dataDir, overrides: { port: 0, ...options.settings, network } });
  const authority = await openAuthority({
    dir: dataDir,
    permitted: interceptedHosts(),
    ...(options.caMadeAt ? { now: () => options.caMadeAt ?? new Date() } : {}),
  });
  const port = options.agent?.port ?? 0;
  const publicPrints = new Set((options.publicRoots ?? options.roots ?? []).map((pem) => new X509Certificate(pem).fingerprint256));
  const live = liveInstruments({ machine, loaded, ownPort: () => options.agent?.port ?? loaded.settings.port, ownCa: authority.pem });
  onTestFinished(() => live.close());
  const instruments: Instruments = {
    ...live,
    // Never dialled: every provider is led to the fake.
    lookup: () => Promise.resolve(['104.18.0.1']),
    isPublicRoot: (fingerprint) => publicPrints.has(fingerprint),
    ...options.instruments,
  };
  // Paths outside the home are looked for below the test's own folder.
  const root = join(folder, 'root');
  const setup = options.withSetup !== true ? undefined : new Setup(setupMachine({ ...machine, dataDir, root, hosts: interceptedHosts(), port: () => port }));
  const agent = options.agent && { status: statusOf(options.agent), ca: authority.info };
  const interfacesAtStart = options.interfacesAtStart;
  return {
    machine,
    dataDir,
    version: '1.0.0',
    loaded,
    settingsFault: undefined,
    agent,
    setup: setup && asCare(setup, port),
    interfacesAtStart,
    instruments,
  };
}

function asCare(setup: Setup, port: number): Patient['setup'] {
  return {
    surfaces: setup.surfaces,
    get chosen() {
      return setup.chosen;
    },
    look: (groups) => setup.look(groups),
    apply: (groups) => setup.apply(groups, port !== 0),
    suspend: () => setup.suspend(),
  };
}

function statusOf({ port, version = '1.0.0', addresses = ['127.0.0.1'], warnings = [] }: NonNullable<PatientOptions['agent']>): AgentStatus {
  const totals = { exchanges: 0, tokens: 0 };
  return {
    state: 'protected',
    reason: 'All is well.',
    version,
    pid: process.pid,
    startedAt: Date.now(),
    proxy: { port, addresses },
    ca: { fingerprint: '', notAfter: 0, file: '' },
    policy: { revision: 'default', source: 'built-in default', rules: 0 },
    targets: [],
    budgets: [],
    warnings,
    counters: { exchanges: 0, tunnels: 0, blocked: 0, redacted: 0, failed: 0 },
    today: totals as unknown as AgentStatus['today'],
    pausedUntil: undefined,
    rights: { mayPause: true, longestPauseMinutes: 60, mayQuit: true },
    pipeline: { count: 0, mean: 0, p50: 0, p99: 0, spans: { recognise: 0, read: 0, evaluate: 0, plan: 0, record: 0 } },
    audit: { rows: 0, pending: 0, file: '' },
  };
}

/** The checks by their id. */
export async function checksOf(patient: Patient, options: Partial<ExaminationOptions> = {}): Promise<ReadonlyMap<string, DiagnosticCheck>> {
  const checks = await examine(patient, { network: false, probeGateway: false, ...options });
  return new Map(checks.map((check) => [check.id, check]));
}

/** One server that stands for every provider, with this certificate or a good one. */
export async function fakeProviders(certificate?: ServerCertificate, label = 'Public Root'): Promise<{ readonly port: number; readonly root: string }> {
  const authority = createAuthority(label);
  const provider = await startFakeProvider({ certificate: certificate ?? authority.issue({ names: providerHosts().map(({ host }) => host) }) });
  onTestFinished(() => provider.close());
  return { port: provider.port, root: authority.root };
}

/** A check that failed or warns, with who is to blame and a fix that says this. */
export function blames(check: DiagnosticCheck | undefined, verdict: DiagnosticCheck['verdict'], culprit: RegExp, fix: RegExp): void {
  const told = JSON.stringify(check);
  if (check?.verdict !== verdict) throw new Error(`${verdict} was expected: ${told}`);
  if (!culprit.test(check.culprit ?? '')) throw new Error(`${String(culprit)} was to be blamed: ${told}`);
  if (!fix.test(check.fix ?? '')) throw new Error(`The fix was to say ${String(fix)}: ${told}`);
}

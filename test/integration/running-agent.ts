// Runs a whole agent in a folder of its own, with AI hosts led to the tests' fakes, and takes it down when the test ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startAgent } from '../../src/agent.ts';
import type { Agent } from '../../src/agent.ts';
import { loadSettings } from '../../src/config/settings.ts';
import type { LoadSettingsOptions } from '../../src/config/settings.ts';
import type { AuditRecord, AuditRow } from '../../src/contract/audit.ts';
import type { ControlClient } from '../../src/contract/control.ts';
import { connectControl } from '../../src/control/client.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { eventually } from './eventually.ts';

/** A server of the tests that stands in for a host: where it listens, and who vouches for it. */
export interface StandIn {
  readonly port: number;
  /** PEM; empty when the agent shall not trust it. */
  readonly root: string;
}

type Overrides = NonNullable<LoadSettingsOptions['overrides']>;

export interface RunningAgentOptions {
  /** By `host` or `host:port`. */
  readonly hosts?: Readonly<Record<string, StandIn>>;
  /** Default: the origin. */
  readonly targets?: Overrides['targets'];
  /** A policy document, or the text of one as it stands in the file; without it the built-in default. */
  readonly policy?: object | string;
  readonly network?: Overrides['network'];
  readonly settings?: Overrides;
  readonly env?: Readonly<Record<string, string>>;
  /** PEM of further roots for upstreams. */
  readonly roots?: readonly string[];
  /** The folder of an agent before this one; otherwise a fresh one. */
  readonly folder?: string;
}

export interface RunningAgent {
  readonly port: number;
  readonly agent: Agent;
  /** Everything of this agent: `data` (CA, audit, logs), the policy file. */
  readonly folder: string;
  readonly dataDir: string;
  /** PEM file of the agent's CA. */
  readonly caFile: string;
  readonly policyFile: string;
  readonly logFile: string;
  /** Audit rows but notes, in order, once nothing is waiting and there are `atLeast` of them. */
  rows(atLeast?: number): Promise<readonly AuditRow[]>;
  /** The record of the only exchange, tunnel, handshake or refusal so far. */
  onlyRecord(): Promise<AuditRecord>;
  /** A control client; closed with the test. */
  control(): Promise<ControlClient>;
  close(): Promise<void>;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hd-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function runAgent(options: RunningAgentOptions = {}): Promise<RunningAgent> {
  const folder = options.folder ?? temporaryFolder();
  const dataDir = join(folder, 'data');
  const logFile = join(dataDir, 'logs', 'agent.log');
  const policyFile = join(folder, 'policy.yaml');
  if (options.policy !== undefined) writeFileSync(policyFile, typeof options.policy === 'string' ? options.policy : JSON.stringify(options.policy));
  const env = options.env ?? {};
  const loaded = loadSettings({ platform: process.platform, env, home: folder, cwd: folder, dataDir, overrides: overridesOf(options, folder, policyFile) });
  const logger = createLogger({ level: 'debug', file: logFile });
  // Surfaces outside the home are looked for below the test's own folder: never on the machine that runs it.
  const agent = await startAgent({ loaded, logger, platform: process.platform, env, machineRoot: join(folder, 'root') });
  const collected: AuditRow[] = [];
  agent.onRows((rows) => collected.push(...rows));
  const close = async (): Promise<void> => {
    await agent.stop();
    logger.close();
  };
  onTestFinished(close);

  const rows = async (atLeast = 0): Promise<readonly AuditRow[]> => {
    const wanted = () => collected.filter(({ record }) => record.kind !== 'note');
    await eventually(() => agent.status().audit.pending === 0 && wanted().length >= atLeast, `${atLeast} audit rows`);
    return wanted();
  };
  return {
    port: agent.port,
    agent,
    folder,
    dataDir,
    caFile: agent.status().ca.file,
    policyFile,
    logFile,
    rows,
    onlyRecord: async () => {
      const [only, ...others] = await rows(1);
      if (only === undefined || others.length > 0) throw new Error(`${1 + others.length} rows where one was expected`);
      return only.record;
    },
    control: async () => {
      const client = await connectControl(agent.controlPath);
      onTestFinished(() => client.close());
      return client;
    },
    close,
  };
}

function overridesOf(options: RunningAgentOptions, folder: string, policyFile: string): Overrides {
  const hosts = Object.entries(options.hosts ?? {});
  const roots = [...hosts.map(([, { root }]) => root), ...(options.roots ?? [])].filter((root) => root !== '');
  const rootFile = join(folder, 'roots.pem');
  writeFileSync(rootFile, roots.join('\n'));
  return {
    port: 0,
    targets: options.targets ?? [{ id: 'origin', kind: 'origin' }],
    ...(options.policy === undefined ? {} : { policyFile }),
    ...options.settings,
    network: {
      connectTo: Object.fromEntries(hosts.map(([host, { port }]) => [host, `127.0.0.1:${port}`])),
      extraRoots: roots.length > 0 ? [rootFile] : [],
      ...options.network,
    },
  };
}

// A whole agent in this process, in a folder of its own, whose upstreams are the tests' fakes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { startAgent } from '../../src/agent.ts';
import type { Agent } from '../../src/agent.ts';
import { loadSettings } from '../../src/config/settings.ts';
import type { LoadSettingsOptions } from '../../src/config/settings.ts';
import type { AuditRecord, AuditRow } from '../../src/contract/audit.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

export interface AgentUnderTestOptions {
  /** Fakes by host name: the agent connects to `127.0.0.1:port` for them. */
  readonly upstreams?: Readonly<Record<string, { readonly port: number; readonly root: string }>>;
  /** Plain-TCP destinations (tunnels) by host name. */
  readonly connectTo?: Readonly<Record<string, number>>;
  readonly targets?: NonNullable<LoadSettingsOptions['overrides']>['targets'];
  /** YAML. */
  readonly policy?: string;
  /** Further settings. */
  readonly settings?: NonNullable<LoadSettingsOptions['overrides']>;
}

export interface AgentUnderTest {
  readonly agent: Agent;
  /** What `HTTPS_PROXY` is set to. */
  readonly proxyUrl: string;
  /** PEM file of the agent's CA. */
  readonly caFile: string;
  readonly dataDir: string;
  /** Rows on the disk so far. */
  readonly rows: readonly AuditRow[];
  /** Lines the agent logged. */
  readonly log: readonly string[];
  /** The first record that fits, waited for. */
  recordOf(fits: (record: AuditRecord) => boolean): Promise<AuditRecord>;
  stop(): Promise<void>;
}

export async function startAgentUnderTest(options: AgentUnderTestOptions = {}): Promise<AgentUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-interop-'));
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const upstreams = Object.entries(options.upstreams ?? {});
  const extraRoots = upstreams.map(([host, { root }]) => write(`root-${host}.pem`, root));
  const ports = [...upstreams.map(([host, { port }]) => [host, port] as const), ...Object.entries(options.connectTo ?? {})];
  const loaded = loadSettings({
    platform: process.platform,
    env: {},
    home: folder,
    cwd: folder,
    dataDir: join(folder, 'data'),
    overrides: {
      port: 0,
      ...options.settings,
      targets: options.targets ?? [{ id: 'origin', kind: 'origin' }],
      network: { extraRoots, connectTo: Object.fromEntries(ports.map(([host, port]) => [host, `127.0.0.1:${port}`])) },
      ...(options.policy === undefined ? {} : { policyFile: write('policy.yaml', options.policy) }),
    },
  });
  const log: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => log.push(line) } });
  const agent = await startAgent({ loaded, logger, platform: process.platform, env: {} });
  const rows: AuditRow[] = [];
  agent.onRows((added) => rows.push(...added));
  return {
    agent,
    proxyUrl: `http://127.0.0.1:${agent.port}`,
    caFile: join(loaded.dataDir, 'ca.pem'),
    dataDir: loaded.dataDir,
    rows,
    log,
    recordOf: (fits) =>
      vi.waitFor(
        () => {
          const found = rows.find(({ record }) => fits(record));
          if (found === undefined) throw new Error(`no such record among ${JSON.stringify(rows.map(({ record }) => record))}`);
          return found.record;
        },
        { timeout: 10_000 },
      ),
    stop: async () => {
      await agent.stop();
      logger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

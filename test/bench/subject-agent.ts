// Heimdall with its full pipeline on: process owner, ten rules, all detectors, the audit chain on disk.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../../src/agent.ts';
import type { Agent } from '../../src/agent.ts';
import { loadSettings } from '../../src/config/settings.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { answering, figures } from './answering.ts';
import { benchHost } from './protocol.ts';
import type { SubjectFigures, SubjectOptions, SubjectReady } from './protocol.ts';

const folder = mkdtempSync(join(tmpdir(), 'heimdall-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

let agent: Agent | undefined;

async function start({ originPort, originRoot }: SubjectOptions): Promise<SubjectReady> {
  const roots = join(folder, 'origin.pem');
  writeFileSync(roots, originRoot);
  const loaded = loadSettings({
    platform: process.platform,
    env: {},
    home: folder,
    cwd: folder,
    dataDir: join(folder, 'data'),
    overrides: {
      port: 0,
      targets: [{ id: 'origin', kind: 'origin' }],
      policyFile: join(import.meta.dirname, 'bench-policy.json'),
      network: { connectTo: { [benchHost]: `127.0.0.1:${originPort}` }, extraRoots: [roots] },
    },
  });
  agent = await startAgent({ loaded, logger: createLogger({ level: 'error', destination: process.stderr }), platform: process.platform, env: {} });
  process.once('SIGTERM', () => void agent?.stop().then(() => process.exit()));
  return { port: agent.port, root: readFileSync(agent.status().ca.file, 'utf8') };
}

function agentFigures(): SubjectFigures {
  const pipeline = agent?.status().pipeline;
  return pipeline === undefined ? figures() : { ...figures(), pipeline: { count: pipeline.count, mean: pipeline.mean } };
}

answering((question: SubjectOptions | 'figures') => (question === 'figures' ? Promise.resolve(agentFigures()) : start(question)));

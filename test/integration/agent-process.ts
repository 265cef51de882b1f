// An agent in a process of its own, for tests that kill it: `agent-process.ts DATA_DIR` prints one JSON line when it listens.
import { startAgent } from '../../src/agent.ts';
import { loadSettings } from '../../src/config/settings.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

const dataDir = process.argv[2] ?? '';
const overrides = { port: 0, targets: [{ id: 'sim', kind: 'simulator' as const }], network: { allowPrivate: ['127.0.0.2'] } };
const loaded = loadSettings({ platform: process.platform, env: {}, home: dataDir, cwd: dataDir, dataDir, overrides });
const agent = await startAgent({ loaded, logger: createLogger({ level: 'error' }), platform: process.platform, env: {} });
process.stdout.write(`${JSON.stringify({ port: agent.port, caFile: agent.status().ca.file })}\n`);

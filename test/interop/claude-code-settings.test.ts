// The Claude Code CLI with nothing but what Heimdall wrote into its settings file: its environment names a proxy where nothing listens.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { extraBundle } from '../../src/system/bundle-files.ts';
import { Ledger } from '../../src/system/ledger.ts';
import { isDeadPort } from '../../src/system/local-port.ts';
import { setupMachine } from '../../src/system/setup-machine.ts';
import { claudeCode } from '../../src/system/tools/claude-code.ts';
import { startAgentUnderTest } from './agent-under-test.ts';

const cli = join(import.meta.dirname, '../../node_modules/.bin/claude');
const settings = '{\n  "env": {\n    "HTTPS_PROXY": "http://127.0.0.1:9"\n  },\n  "includeCoAuthoredBy": false\n}\n';

test('it reaches the agent by its settings alone, and they come back', { timeout: 120_000 }, async () => {
  const agent = await startAgentUnderTest({ targets: [] });
  onTestFinished(() => agent.stop());
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-claude-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [home, dataDir] = [join(folder, 'home'), join(folder, 'data')];
  for (const each of [join(home, '.claude'), dataDir]) mkdirSync(each, { recursive: true });
  const file = join(home, '.claude', 'settings.json');
  writeFileSync(file, settings);

  const port = Number(new URL(agent.proxyUrl).port);
  const place = { platform: process.platform, env: {}, home, root: join(folder, 'root'), dataDir, caDir: dirname(agent.caFile), hosts: [], port: () => port };
  const machine = { ...setupMachine(place), isPrivileged: false };
  copyFileSync(agent.caFile, extraBundle(machine));
  const ledger = new Ledger(dataDir, isDeadPort);
  const surface = claudeCode.surface(machine, file);
  await ledger.apply(surface);

  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    HTTPS_PROXY: 'http://127.0.0.1:9',
    https_proxy: 'http://127.0.0.1:9',
    ANTHROPIC_API_KEY: 'sk-ant-api03-interop-0000',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  const child = spawn(cli, ['-p', 'hello by settings'], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 90_000 });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect(stdout.trim(), stderr).toBe("This is Heimdall's simulator. You wrote: hello by settings");
  const record = await agent.recordOf(({ dialect }) => dialect === 'anthropic-messages');
  expect(record.peer?.app).toBe('claude-code');

  await ledger.revert(surface);
  // What stood there leads to a port where nothing listens: it is left out.
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ env: {}, includeCoAuthoredBy: false });
});

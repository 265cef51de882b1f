// The installed product for real: packed, looked into, and started with nothing around it.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { _electron } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPackage } from '../../build/check-package.ts';
import { openFuses } from '../../build/fuses.ts';
import { makePackage } from '../../build/package.ts';
import type { AuditRow } from '../../src/contract/audit.ts';
import type { ControlClient } from '../../src/contract/control.ts';
import type { AgentStatus } from '../../src/contract/status.ts';
import { connectControl } from '../../src/control/client.ts';
import { controlPath } from '../../src/control/path.ts';
import { eventually } from '../integration/eventually.ts';
import { inferenceCall } from '../integration/inference-call.ts';
import { call } from '../integration/proxy-client.ts';
import { startDisplay } from './display.ts';
import type { VirtualDisplay } from './display.ts';

const root = join(import.meta.dirname, '../..');

describe.runIf(process.platform === 'linux')('the package', { timeout: 120_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'heimdall-package-test-'));
  let folder = '';
  let display: VirtualDisplay;

  beforeAll(async () => {
    display = await startDisplay();
    ({ folder } = await makePackage({ targets: ['dir'], compression: 'store', output: join(scratch, 'packages'), progress: () => undefined }));
  }, 120_000);

  afterAll(async () => {
    await display.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('holds the app, the agent and its Node, and nothing of the workshop; every fuse is shut', async () => {
    expect(await checkPackage(folder, { root })).toEqual([]);
    expect(await openFuses(join(folder, 'heimdall-tray'))).toEqual([]);
  });

  it('answers on its command line without the Node or the sources of this machine', async () => {
    const child = spawn(join(folder, 'resources/bin/heimdall'), ['restore'], { cwd: scratch, env: bareEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(said).toContain('nothing to restore');
    expect(code).toBe(0);
  });

  it('starts on a bare PATH, finds its own Node and agent, and has it answer', async () => {
    const dataDir = join(scratch, 'data');
    const app = spawn(join(folder, 'heimdall-tray'), ['--log-level=3', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], {
      cwd: scratch,
      env: bareEnvironment({ HEIMDALL_DATA_DIR: dataDir, HEIMDALL_PORT: '0' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [app.stdout, app.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      const { client, status } = await answering(dataDir, app, () => said);
      expect(status.state).toBe('protected');
      const { host, ...request } = inferenceCall('openai-chat', 'Hello from the package');
      const answer = await call({ port: status.proxy.port, caFile: status.ca.file }, host, request);
      expect(answer.status).toBe(200);
      const recorded = (): Promise<readonly AuditRow[]> => client.call('audit.query', { kind: 'exchange', host });
      await eventually(async () => (await recorded()).length > 0, 'the record of the call');
      expect(await client.call('audit.verify', {})).toMatchObject({ ok: true });
      await client.call('agent.stop', {}).catch(() => undefined);
      client.close();
    } finally {
      app.kill();
      if (app.exitCode === null && app.signalCode === null) await once(app, 'exit');
    }
  });

  it('shows its window from inside the archive, under a driver that needs the one fuse left open', async () => {
    const variant = await makePackage({
      targets: ['dir'],
      compression: 'store',
      inspectable: true,
      output: join(scratch, 'variant'),
      progress: () => undefined,
    });
    const executablePath = join(variant.folder, 'heimdall-tray');
    expect(await openFuses(executablePath)).toEqual([expect.stringContaining('enableNodeCliInspectArguments')]);
    const env = bareEnvironment({ HEIMDALL_DATA_DIR: join(scratch, 'variant-data'), HEIMDALL_PORT: '0' }) as Record<string, string>;
    const app = await _electron.launch({ executablePath, args: ['--log-level=3'], env, cwd: scratch });
    try {
      expect(await app.evaluate(({ app: shell }) => shell.isPackaged)).toBe(true);
      const page = await app.firstWindow();
      await page.waitForSelector('#root > *');
      expect(new URL(page.url()).protocol).toBe('app:');
    } finally {
      await app.close();
    }
  });

  /** Only what a session gives to a program started from the menu, and no way to our Node. */
  function bareEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const { DISPLAY, DBUS_SESSION_BUS_ADDRESS } = display.env;
    return { PATH: '/usr/bin:/bin', HOME: scratch, DISPLAY, DBUS_SESSION_BUS_ADDRESS, ...more };
  }
});

/** The agent, once it answers; fails when the app has ended or the time is up. */
async function answering(dataDir: string, app: ChildProcess, said: () => string): Promise<{ readonly client: ControlClient; readonly status: AgentStatus }> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      const client = await connectControl(controlPath(dataDir, process.platform, {}));
      return { client, status: await client.call('status.get', {}) };
    } catch (error) {
      if (app.exitCode !== null) throw new Error(`The app ended with code ${app.exitCode}: ${said()}`, { cause: error });
      if (Date.now() > deadline) throw new Error(`No agent answered: ${said()}`, { cause: error });
      await sleep(200);
    }
  }
}

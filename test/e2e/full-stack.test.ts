// The whole product: the real app starts its real agent, real SDK calls go through it, and the person sees what happened.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { ProxyAgent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appFolder } from '../../build/bundle.ts';
import { findElectron } from '../../build/electron-runtime.ts';
import type { AgentStatus } from '../../src/contract/status.ts';
import { connectControl } from '../../src/control/client.ts';
import { controlPath } from '../../src/control/path.ts';
import { eventually } from '../integration/eventually.ts';
import { startDesktop } from './desktop.ts';
import type { Desktop } from './desktop.ts';
import { startDisplay } from './display.ts';
import type { VirtualDisplay } from './display.ts';
import { goTo, launchFace, rootSwitches } from './face-app.ts';
import type { FaceApp } from './face-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'hd-'));
const dataDir = join(folder, 'data');
let display: VirtualDisplay;
let desktop: Desktop;
let face: FaceApp;

const policy = {
  version: 1,
  rules: [
    { id: 'no-tokens', when: { findings: 'github-token' }, action: 'block', message: 'Take the token out.' },
    { id: 'ask-for-o3', when: { model: 'o3' }, action: 'ask', message: 'Is it worth it?', ask: { seconds: 60, otherwise: 'block', justification: true } },
    { id: 'mask', when: { findings: 'any' }, action: 'redact' },
  ],
};
const token = `ghp_${'a1B2'.repeat(9)}`;

beforeAll(async () => {
  mkdirSync(join(folder, 'heimdall'), { recursive: true });
  writeFileSync(join(folder, 'policy.json'), JSON.stringify(policy));
  writeFileSync(join(folder, 'heimdall/settings.yaml'), `port: 0\npolicyFile: ${join(folder, 'policy.json')}\ntargets: [{ id: sim, kind: simulator }]\n`);
  mkdirSync(dataDir, { mode: 0o700 });
  display = await startDisplay();
  desktop = await startDesktop(String(display.env['DBUS_SESSION_BUS_ADDRESS']));
  face = await launchFace({ agent: { dataDir }, display, configDir: folder });
  await eventually(async () => (await status()) !== undefined, 'the agent of the app');
  const files = readdirSync(join(appFolder, 'face'), { recursive: true }).map((name) => join(appFolder, 'face', String(name)));
  const bytes = files.filter((file) => /\.(js|css|html)$/.test(file)).reduce((sum, file) => sum + statSync(file).size, 0);
  process.stdout.write(`face bundle ${Math.round(bytes / 1000)} kB; window shown ${Math.round(face.startedInMs)} ms after the launch\n`);
});
afterAll(async () => {
  await face.close();
  desktop.close();
  await display.close();
  rmSync(folder, { recursive: true, force: true });
});

async function status(): Promise<AgentStatus | undefined> {
  const client = await connectControl(controlPath(dataDir, process.platform, display.env)).catch(() => undefined);
  try {
    return await client?.call('status.get', {});
  } catch {
    return undefined;
  } finally {
    client?.close();
  }
}

async function sdk(): Promise<OpenAI> {
  const now = await status();
  if (now === undefined) throw new Error('No agent answers.');
  const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${now.proxy.port}`, requestTls: { ca: readFileSync(now.ca.file, 'utf8') } });
  return new OpenAI({ apiKey: 'sk-own', maxRetries: 0, fetchOptions: { dispatcher } });
}

const say = async (text: string, model = 'gpt-5-mini'): Promise<string> => {
  const answer = await (await sdk()).chat.completions.create({ model, messages: [{ role: 'user', content: text }] });
  return answer.choices[0]?.message.content ?? '';
};

describe('the app and its agent', () => {
  it('shows a call of an SDK in Activity as soon as it is in the log', async () => {
    const { page } = face;
    await goTo(page, 'activity');
    await page.locator('[role=grid]').waitFor();
    await say('hello');
    const answered = performance.now();
    await page.locator('[role=gridcell]', { hasText: 'gpt-5-mini' }).first().waitFor({ timeout: 5_000 });
    process.stdout.write(`the row stood in Activity ${Math.round(performance.now() - answered)} ms after the answer\n`);
  });

  it('shows what was redacted, side by side and masked', async () => {
    const { page } = face;
    await say('write to ada@example.org today');
    await page
      .getByText(/Redacted/)
      .first()
      .click();
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: /left/i }).click();
    await page.getByText('[REDACTED:email]').first().waitFor();
    expect(await page.getByText('ada@example.org').count()).toBe(0);
    await page.keyboard.press('Escape');
  });

  it('blocks a call, tells the person, and leads from the notification to the record', async () => {
    await expect(say(`my token is ${token}`)).rejects.toMatchObject({ status: 403 });
    await eventually(() => desktop.notifications.some(({ title }) => /block/.test(title)), 'a notification');
    const notification = desktop.notifications.find(({ title }) => /block/.test(title));
    expect(`${notification?.title ?? ''} ${notification?.body ?? ''}`).not.toContain(token);
    if (notification !== undefined) desktop.activate(notification);
    await face.page.getByText('no-tokens').first().waitFor();
    expect(face.page.url()).toContain('activity?id=');
  });

  it('asks the person, and lets the call through with the justification', async () => {
    const windows = face.app.waitForEvent('window');
    const answer = say('think hard', 'o3');
    const prompt = await windows;
    await prompt.getByText('Is it worth it?').waitFor();
    await prompt.getByRole('button', { name: 'Allow this call' }).click();
    await prompt.getByText('Say why before you allow it.').waitFor();
    await prompt.getByLabel('Why is this call needed?').fill('A hard proof.');
    // The window closes under the click, which Playwright reports; what follows tells whether the answer arrived.
    await prompt
      .getByRole('button', { name: 'Allow this call' })
      .click()
      .catch(() => undefined);
    expect(await answer).not.toBe('');
    const client = await connectControl(controlPath(dataDir, process.platform, display.env));
    await eventually(async () => (await client.call('audit.query', { model: 'o3' })).length > 0, 'the row of the asked call');
    const [row] = await client.call('audit.query', { model: 'o3' });
    client.close();
    expect(row?.record).toMatchObject({ rule: 'ask-for-o3', asked: { answer: 'allow', by: 'user', justification: 'A hard proof.' } });
  });

  it('exports what the filter shows into a file', async () => {
    const file = join(folder, 'export.jsonl');
    await face.app.evaluate(({ dialog }, path) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
    }, file);
    const saved = await face.page.evaluate(`window.heimdall.invoke('shell', 'file.saveExport', { match: { decision: 'block' }, format: 'jsonl' })`);
    expect(saved).toMatchObject({ ok: true, result: { path: file, rows: 1 } });
    expect(readFileSync(file, 'utf8')).toContain('"rule":"no-tokens"');
  });

  it('shows an icon in the tray with the state in words, and pauses from its menu', async () => {
    await eventually(() => desktop.item !== undefined, 'a tray item');
    expect(await desktop.tooltip()).toMatch(/^Heimdall: Protected\./);
    const [width, height] = await desktop.iconSize();
    expect(Math.min(width, height)).toBeGreaterThan(15);
    const menu = await desktop.menu();
    const labels = menu.map(({ label }) => label);
    expect(labels[0]).toBe('Protected');
    expect(labels.some((label) => /^Today: \d+ calls?, 1 blocked, 1 redacted$/.test(label))).toBe(true);
    expect(labels).toEqual(expect.arrayContaining(['Open Heimdall', 'Diagnostics', 'Quit']));
    const pause = menu.find(({ label }) => label === 'Pause')?.children.find(({ label }) => label === 'For 15 minutes');
    await desktop.click(pause?.id ?? -1);
    await eventually(async () => (await status())?.state === 'paused', 'the pause');
    await eventually(async () => (await desktop.tooltip()).startsWith('Heimdall: Paused.'), 'the tooltip of the pause');
    const resume = (await desktop.menu()).find(({ label }) => label === 'Resume now');
    await desktop.click(resume?.id ?? -1);
    await eventually(async () => (await status())?.state === 'protected', 'the end of the pause');
  });

  it('brings an agent back that was killed, while a client that tries again gets its tunnel', async () => {
    const before = await status();
    process.kill(before?.pid ?? 0, 'SIGKILL');
    const began = performance.now();
    await eventually(async () => {
      const now = await status();
      return now !== undefined && now.pid !== before?.pid && (await opensTunnel(now.proxy.port));
    }, 'another agent and a tunnel through it');
    process.stdout.write(`the agent was back ${Math.round(performance.now() - began)} ms after SIGKILL\n`);
    expect(await say('hello again')).not.toBe('');
    const client = await connectControl(controlPath(dataDir, process.platform, display.env));
    expect(await client.call('audit.verify', {})).toMatchObject({ ok: true });
    client.close();
  });

  it('raises its window when it is started a second time', async () => {
    const { executable } = await findElectron();
    const opened = face.app.windows().length === 0 ? face.app.waitForEvent('window') : undefined;
    await face.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
    const second = spawn(executable, [...rootSwitches(), appFolder], { env: face.env, stdio: 'ignore' });
    const code = await new Promise((resolve) => second.once('exit', resolve));
    expect(code).toBe(0);
    await opened;
    await eventually(
      async () => await face.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized() === false),
      'the raised window',
    );
  });

  it('goes on governing when the window is closed, and opens it anew from the tray', async () => {
    await face.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((window) => window.close()));
    await eventually(async () => await face.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length === 0), 'no window');
    await expect(say(`still ${token}`)).rejects.toMatchObject({ status: 403 });
    const open = (await desktop.menu()).find(({ label }) => label === 'Open Heimdall');
    const [window] = await Promise.all([face.app.waitForEvent('window'), desktop.click(open?.id ?? -1)]);
    await window.getByText('AI traffic is protected').waitFor();
  });
});

/** CONNECT to a host that is tunnelled: the answer is what counts, not whether that host exists. */
function opensTunnel(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('CONNECT tunnel.invalid:443 HTTP/1.1\r\nHost: tunnel.invalid:443\r\n\r\n'));
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1').startsWith('HTTP/1.1 '));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

// Settings, set-up and diagnostics over the control socket of a whole agent.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call } from './proxy-client.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';

/** Settings of the desktop in a file of the test's own home. */
const desktop = { GSETTINGS_BACKEND: 'keyfile', PATH: process.env['PATH'] ?? '' };

describe('the machine over control', () => {
  it('says what each step would change, makes the change, notes it and undoes it', async () => {
    const home = temporaryFolder();
    const running = await runAgent({ folder: home, targets: [], env: { ...desktop, HOME: home, XDG_CONFIG_HOME: join(home, '.config') } });
    const client = await running.control();
    const before = await client.call('setup.get', {});
    expect(before.map(({ id, state }) => [id, state])).toEqual([
      ['trust', 'not-done'],
      ['capture', 'not-done'],
      // The test gives targets on the command line, which is stronger than the window.
      ['key', 'unavailable'],
    ]);
    expect(before.flatMap(({ changes }) => changes).every(({ what, to }) => what !== '' && to !== '')).toBe(true);
    expect(await client.call('setup.apply', { step: 'trust' })).toMatchObject({ state: 'done' });
    expect(readFileSync(join(home, '.pki/nssdb/cert9.db')).length).toBeGreaterThan(0);
    expect(await client.call('setup.undo', { step: 'trust' })).toMatchObject({ state: 'not-done' });
    await expect(client.call('setup.apply', { step: 'key' })).rejects.toMatchObject({ code: 'setup-failed' });
    await eventually(async () => {
      const notes = (await client.call('audit.query', { kind: 'note' })).map(({ record }) => record.note ?? '');
      return notes.some((note) => note.includes('applied (done)')) && notes.some((note) => note.includes('undone'));
    }, 'both notes in the log');
  });

  it('changes what is free, and says who holds what is not', async () => {
    const running = await runAgent({ targets: [] });
    const client = await running.control();
    const view = await client.call('settings.get', {});
    const gateway = view.entries.find(({ key }) => key === 'gateway.url');
    expect(gateway?.lockedBy).toContain('command line');
    await expect(client.call('settings.set', { key: 'gateway.url', value: 'https://g.example' })).rejects.toMatchObject({ code: 'not-allowed' });
    const after = await client.call('settings.set', { key: 'audit.retentionDays', value: 30 });
    expect(after.needsRestart).toBe(true);
    expect(readFileSync(after.userFile, 'utf8')).toContain('retentionDays: 30');
    expect(after.userFile.startsWith(running.folder)).toBe(true);
    await expect(client.call('settings.set', { key: 'audit.retentionDays', value: 0 })).rejects.toMatchObject({ code: 'settings-invalid' });
  });

  it('checks itself, each check with what was tried and seen', async () => {
    const running = await runAgent({ targets: [] });
    const checks = await (await running.control()).call('diagnostics.run', {});
    expect(checks.filter(({ id }) => id.startsWith('listener')).map(({ verdict }) => verdict)).toContain('ok');
    expect(checks.find(({ id }) => id === 'listener-127.0.0.1')?.tried).toContain(String(running.port));
    expect(checks.map(({ id }) => id)).toEqual(expect.arrayContaining(['ca', 'policy', 'target-simulator', 'audit', 'disk', 'setup-trust']));
    for (const check of checks) {
      expect(check.seen, check.id).not.toBe('');
      if (check.verdict === 'failed' || check.verdict === 'warning') expect(check.fix, check.id).toBeTruthy();
    }
  });

  it('makes a support bundle without secrets, prompts or the home folder', async () => {
    const running = await runAgent({ targets: [] });
    const secret = 'AKIAIOSFODNN7EXAMPLQ';
    const request = inferenceCall('openai-chat', `my key is ${secret}`);
    await call(running, request.host, request);
    await running.rows(1);
    const { fileName, text } = await (await running.control()).call('diagnostics.bundle', {});
    expect(fileName).toMatch(/^heimdall-support-\d{4}-\d\d-\d\d\.json$/);
    const bundle = JSON.parse(text) as { exchanges: { app?: string; findings?: unknown }[] };
    expect(bundle.exchanges.flatMap(({ findings }) => findings ?? [])).toEqual([{ detector: 'aws-access-key', count: 1 }]);
    expect(text).not.toContain(secret);
    expect(text).not.toContain('fingerprints');
    expect(text).not.toContain(running.folder);
  });
});

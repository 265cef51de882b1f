import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openAuthority } from '../../../src/ca/authority.ts';
import { controlPath } from '../../../src/control/path.ts';
import { handlers, row, startServer, status } from '../control/fixture.ts';
import { cli, temporaryFolder } from './fixture.ts';

describe('without an agent', () => {
  test('status ends with 3 and says how to start one', async () => {
    const home = temporaryFolder();
    const { exit, out } = await cli({ home }, 'status');
    expect([exit, out]).toEqual([3, expect.stringContaining('heimdall run')]);
    const json = await cli({ home }, 'status', '--json');
    expect([json.exit, JSON.parse(json.out)]).toEqual([3, expect.objectContaining({ state: 'off' })]);
  });

  test('ca show and ca export read the certificate of the data folder', async () => {
    const home = temporaryFolder();
    const dir = join(home, 'data');
    expect((await cli({ home }, 'ca', 'show', '--data-dir', dir)).exit).toBe(1);
    mkdirSync(dir, { mode: 0o700 });
    const authority = await openAuthority({ dir, permitted: ['api.example.com'] });
    expect((await cli({ home }, 'ca', 'show', '--data-dir', dir)).out).toContain(authority.info.fingerprint);
    expect((await cli({ home }, 'ca', 'export', '--data-dir', dir)).out.trim()).toBe(authority.info.pem.trim());
  });

  test('restore says that there was nothing, and clears a dead socket', async () => {
    const home = temporaryFolder();
    const { exit, out } = await cli({ home }, 'restore');
    expect([exit, out]).toEqual([0, expect.stringContaining('nothing to restore')]);
    const socket = controlPath(join(home, '.local/share/heimdall'), 'linux', {});
    mkdirSync(dirname(socket), { recursive: true });
    writeFileSync(socket, '');
    expect((await cli({ home }, 'restore')).out).toContain(`removed: ${socket}`);
    expect(JSON.parse((await cli({ home }, 'restore', '--json')).out)).toMatchObject({ restored: [], controlSocket: 'none' });
  });

  test('restore does not pretend to undo what another version has changed', async () => {
    const home = temporaryFolder();
    const dir = join(home, '.local/share/heimdall');
    mkdirSync(dir, { recursive: true });
    await openAuthority({ dir, permitted: ['api.example.com'] });
    writeFileSync(join(dir, 'ledger.jsonl'), '{"at":1,"phase":"intent","surface":"capture.future","original":1,"ours":2}\n');
    const { exit, out } = await cli({ home }, 'restore');
    expect([exit, out]).toEqual([1, expect.stringContaining('cannot undo')]);
  });
});

describe('with an agent', () => {
  async function home(): Promise<string> {
    const folder = temporaryFolder();
    const path = controlPath(join(folder, '.local/share/heimdall'), 'linux', {});
    const warned = { ...status, warnings: [{ code: 'x', severity: 'warning', title: 'A title', text: 'A text.', since: 0, leadsTo: 'degraded' }] } as const;
    const server = await startServer({ path, handlers: { ...handlers, 'status.get': () => warned } });
    onTestFinished(() => server.close());
    return folder;
  }

  test('status tells state, place and warnings', async () => {
    const { exit, out } = await cli({ home: await home() }, 'status');
    expect(exit).toBe(0);
    for (const words of ['protected: All is well.', '127.0.0.1:7465', '/ca.pem', 'A title', 'A text.']) expect(out).toContain(words);
  });

  test('status --json is the status itself', async () => {
    expect(JSON.parse((await cli({ home: await home() }, 'status', '--json')).out)).toMatchObject({ state: 'protected', proxy: { port: 7465 } });
  });

  test('audit list and ca show ask the agent', async () => {
    const folder = await home();
    expect(JSON.parse((await cli({ home: folder }, 'audit', 'list', '--json')).out)).toEqual([row(1), row(2), row(3)]);
    expect((await cli({ home: folder }, 'ca', 'show')).out).toContain('CN=x');
  });

  test('restore leaves the socket alone', async () => {
    expect((await cli({ home: await home() }, 'restore')).out).toContain('An agent is running');
  });
});

describe('policy', () => {
  test('check says valid, or where and why not, with the exit to match', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'good.yaml'), 'version: 1\nrules: [{ id: no-keys, action: block, when: { findings: any } }]\n');
    writeFileSync(join(home, 'bad.yaml'), 'version: 1\nrules:\n  - id: x\n    action: blok\n');
    const good = await cli({ home }, 'policy', 'check', 'good.yaml');
    expect([good.exit, good.out]).toEqual([0, expect.stringContaining('valid: good.yaml, 1 rules')]);
    const bad = await cli({ home }, 'policy', 'check', 'bad.yaml');
    expect([bad.exit, bad.out]).toEqual([4, expect.stringContaining('bad.yaml:4:13')]);
    const json = await cli({ home }, 'policy', 'check', 'bad.yaml', '--json');
    expect([json.exit, JSON.parse(json.out)]).toEqual([4, expect.objectContaining({ ok: false })]);
    expect((await cli({ home }, 'policy', 'check', 'none.yaml')).exit).toBe(1);
  });

  test('schema prints a JSON Schema', async () => {
    expect(JSON.parse((await cli({ home: temporaryFolder() }, 'policy', 'schema')).out)).toMatchObject({ type: 'object', properties: { rules: {} } });
  });
});

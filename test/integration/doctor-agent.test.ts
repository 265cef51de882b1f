// The doctor with a whole agent: asked over control and by the command line; real certificate databases; repairs that hold.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blames } from './doctor-patient.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';
import { cli } from '../unit/cli/fixture.ts';
import type { DiagnosticCheck } from '../../src/contract/diagnostics.ts';
import { programRunner } from '../../src/system/run-program.ts';

const desktop = (home: string) => ({ GSETTINGS_BACKEND: 'keyfile', PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: join(home, '.config') });

function certutil(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('certutil', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`certutil ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function diagnose(running: RunningAgent, fix = false): Promise<ReadonlyMap<string, DiagnosticCheck>> {
  const checks = await (await running.control()).call('diagnostics.run', { fix });
  return new Map(checks.map((check) => [check.id, check]));
}

async function wiredAgent(groups: readonly ('trust' | 'proxy')[]) {
  const home = temporaryFolder();
  const running = await runAgent({ folder: home, targets: [], env: desktop(home) });
  await (await running.control()).call('machine.apply', { groups: [...groups] });
  return { home, running };
}

const ours = (home: string): string => {
  const line = certutil('-L', '-d', `sql:${join(home, '.pki/nssdb')}`)
    .split('\n')
    .find((each) => each.includes('Heimdall'));
  if (line === undefined) throw new Error('The certificate is not in the database.');
  return line
    .trim()
    .replace(/\s+\S+$/, '')
    .trim();
};

describe('doctor with an agent', () => {
  it('proves a store by a handshake; a CA that somebody has taken out is told, and --fix puts it back', async () => {
    const { home, running } = await wiredAgent(['trust']);
    const database = `sql:${join(home, '.pki/nssdb')}`;
    const id = [...(await diagnose(running)).keys()].find((each) => each.startsWith('surface-trust.nss')) ?? '';
    expect((await diagnose(running)).get(id)).toMatchObject({ verdict: 'ok', seen: expect.stringContaining('handshake') as string });
    certutil('-D', '-d', database, '-n', ours(home));
    const broken = (await diagnose(running)).get(id);
    blames(broken, broken?.verdict ?? 'failed', /^(this machine|program)$/, /doctor --fix/);
    expect(['failed', 'warning']).toContain(broken?.verdict);
    expect((await diagnose(running, true)).get(id)).toMatchObject({ verdict: 'ok', repaired: expect.stringContaining('Set anew') as string });
    expect(ours(home)).toContain('Heimdall');
  });

  it('a certificate in the store that is trusted for nothing: only the handshake tells', async () => {
    const { home, running } = await wiredAgent(['trust']);
    certutil('-M', '-d', `sql:${join(home, '.pki/nssdb')}`, '-n', ours(home), '-t', ',,');
    const check = [...(await diagnose(running)).values()].find(({ id }) => id.startsWith('surface-trust.nss'));
    expect(['failed', 'warning'], JSON.stringify(check)).toContain(check?.verdict);
    expect(check?.fix).toContain('heimdall setup --only trust');
  });

  it('the proxy settings of the desktop, changed by another program', async () => {
    const { home, running } = await wiredAgent(['proxy']);
    expect((await diagnose(running)).get('surface-proxy.gnome')).toMatchObject({ verdict: 'ok' });
    const run = programRunner(desktop(home));
    expect(await run('gsettings', ['set', 'org.gnome.system.proxy', 'autoconfig-url', 'http://127.0.0.1:9/proxy.pac'])).toMatchObject({ code: 0 });
    const check = (await diagnose(running)).get('surface-proxy.gnome');
    expect(['failed', 'warning'], JSON.stringify(check)).toContain(check?.verdict);
    expect((await diagnose(running, true)).get('surface-proxy.gnome')).toMatchObject({ verdict: 'ok' });
  });

  it('repairs a key that others can read, and notes it in the audit log', async () => {
    const running = await runAgent({ targets: [] });
    chmodSync(join(running.dataDir, 'ca-key.pem'), 0o640);
    blames((await diagnose(running)).get('ca-key'), 'failed', /^this machine$/, /chmod 600/);
    expect((await diagnose(running, true)).get('ca-key')).toMatchObject({ verdict: 'ok', repaired: expect.stringContaining('600') as string });
    const client = await running.control();
    const notes = async () => (await client.call('audit.query', { kind: 'note' })).map(({ record }) => record.note ?? '');
    await expect.poll(notes, { timeout: 10_000 }).toContainEqual(expect.stringMatching(/^Doctor: The key of the certificate authority/));
  });

  it('a policy file that was broken while the agent ran', async () => {
    const running = await runAgent({ targets: [], policy: { version: 1, rules: [] } });
    writeFileSync(running.policyFile, 'rules: [');
    await expect.poll(async () => (await diagnose(running)).get('policy')?.verdict, { timeout: 10_000 }).toBe('failed');
    blames((await diagnose(running)).get('policy'), 'failed', /^this machine$/, /policy check/);
  });
});

const parsed = (text: string): ReadonlyMap<string, DiagnosticCheck> =>
  new Map((JSON.parse(text) as { checks: readonly DiagnosticCheck[] }).checks.map((check) => [check.id, check]));

describe('heimdall doctor', () => {
  it('asks the agent that runs, and adds what only this shell can tell', async () => {
    const running = await runAgent({ targets: [] });
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1' };
    const ran = await cli({ home: running.folder, env }, 'doctor', '--offline', '--json', '--data-dir', running.dataDir);
    const checks = parsed(ran.out);
    expect(checks.get('agent')).toMatchObject({ verdict: 'ok' });
    expect(checks.get('listener-127.0.0.1')).toMatchObject({ verdict: 'ok' });
    expect(checks.get('pac')).toMatchObject({ verdict: 'ok' });
    blames(checks.get('shell-HTTPS_PROXY'), 'failed', /^this machine$/, new RegExp(String(running.port)));
    blames(checks.get('versions'), 'warning', /^heimdall$/, /Restart/);
    expect(ran.exit).toBe(1);
  });

  it('examines by itself when no agent runs; settings that are invalid are told with their place', async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, '.config/heimdall'), { recursive: true });
    writeFileSync(join(home, '.config/heimdall/settings.yaml'), 'port: ninety\n');
    const ran = await cli({ home }, 'doctor', '--offline', '--json');
    const check = parsed(ran.out).get('settings');
    blames(check, 'failed', /^this machine$/, /Correct the file/);
    expect(check?.seen).toContain('settings.yaml:1');
    expect(ran.exit).toBe(1);
  });

  it('prints the whole story of what failed, and a summary', async () => {
    const ran = await cli({ home: temporaryFolder() }, 'doctor', '--quick');
    expect(ran.out).toContain('✗ The agent runs');
    expect(ran.out).toMatch(/to blame\s+heimdall/);
    expect(ran.out).toMatch(/\d+ checks? failed, \d+ warnings?, \d+ passed, \d+ skipped\./);
  });

  it('a folder of the control socket that others can write to is no place to trust', async () => {
    const home = temporaryFolder();
    const data = join(home, 'data');
    mkdirSync(join(data, 'run'), { recursive: true });
    chmodSync(join(data, 'run'), 0o777);
    const ran = await cli({ home }, 'doctor', '--offline', '--json', '--data-dir', data);
    blames(parsed(ran.out).get('control'), 'failed', /^this machine$/, /Remove the folder/);
  });

  it('writes one page without secrets, names and hosts of the organisation, or the same as JSON', async () => {
    const home = join(temporaryFolder(), 'annegret');
    mkdirSync(join(home, '.config/heimdall'), { recursive: true });
    const env = { HTTPS_PROXY: 'http://annegret:hunter2@proxy.acme-corp.example:3128', USER: 'annegret', NODE_EXTRA_CA_CERTS: `${home}/ca.pem` };
    const ran = await cli({ home, env }, 'doctor', '--offline', '--report', 'report.html');
    expect(ran.out).toContain('report.html');
    const page = readFileSync(join(home, 'report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<(?:script|link|img|iframe)|@import|url\(|\b(?:src|href)=/);
    expect(page).toContain('prefers-color-scheme:dark');
    expect(page).toContain('@media print');
    for (const secret of ['hunter2', 'annegret', 'acme-corp', home]) expect(page, secret).not.toContain(secret);
    await cli({ home, env }, 'doctor', '--offline', '--report', 'report.json');
    const text = readFileSync(join(home, 'report.json'), 'utf8');
    const report = JSON.parse(text) as { checks: readonly DiagnosticCheck[] };
    expect(report.checks.find(({ id }) => id === 'shell-HTTPS_PROXY')?.culprit).toBe('your proxy');
    for (const secret of ['hunter2', 'annegret', 'acme-corp', home]) expect(text, secret).not.toContain(secret);
    expect(existsSync(join(home, 'report.json'))).toBe(true);
  });
});

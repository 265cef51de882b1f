// Set-ups that are broken on purpose: for each, the doctor names who is to blame and what to do.
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAudit } from '../../src/audit/log.ts';
import { noteRecord } from '../../src/audit/note.ts';
import { lockFileOf } from '../../src/control/dead-socket.ts';
import { takeInstanceLock } from '../../src/control/instance-lock.ts';
import { controlPath } from '../../src/control/path.ts';
import { pacFile } from '../../src/proxy/pages.ts';
import { interceptedHosts } from '../../src/catalog/match.ts';
import { blames, checksOf, makePatient } from './doctor-patient.ts';
import { temporaryFolder } from './running-agent.ts';

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

/** A port of this computer where nothing listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** What a listener leaves behind that was killed. */
function killedListener(socket: string): void {
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  const program = "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
  spawnSync(process.execPath, ['-e', program, socket]);
  if (!existsSync(socket)) throw new Error('The socket was not left behind.');
}

describe('doctor: the agent and what it left', () => {
  it('no agent at all', async () => {
    const checks = await checksOf(await makePatient());
    blames(checks.get('agent'), 'failed', /^heimdall$/, /heimdall run/);
  });

  it('a dead agent with its socket left behind, which --fix removes', async () => {
    const patient = await makePatient();
    const socket = controlPath(patient.dataDir, 'linux', patient.machine.env);
    killedListener(socket);
    const first = (await checksOf(patient)).get('agent');
    blames(first, 'failed', /^heimdall$/, /doctor --fix/);
    expect(first?.canFix).toBe(true);
    const after = (await checksOf(patient, { fix: true })).get('agent');
    expect(after?.repaired).toContain('removed');
    expect(existsSync(socket)).toBe(false);
  });

  it('an agent that holds its lock and does not answer', async () => {
    const patient = await makePatient();
    const socket = controlPath(patient.dataDir, 'linux', patient.machine.env);
    killedListener(socket);
    const lock = takeInstanceLock(lockFileOf(socket));
    onTestFinished(() => lock.release());
    blames((await checksOf(patient)).get('agent'), 'failed', /^heimdall$/, /end the process/);
  });

  it('an agent of another user', async () => {
    const patient = await makePatient();
    const folder = dirname(controlPath(patient.dataDir, 'linux', patient.machine.env));
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      mkdirSync(folder, { recursive: true });
      chownSync(folder, 12_345, 12_345);
    }
    // Without the right to give a folder away, the system's own /run stands for another user's.
    const theirs = isRoot ? patient : { ...patient, dataDir: '/' };
    blames((await checksOf(theirs)).get('agent'), 'failed', /^this machine$/, /as that user/);
  });

  it('agent and command line of different versions', async () => {
    const patient = await makePatient({ agent: { port: 1, version: '0.9.0' } });
    blames((await checksOf(patient)).get('versions'), 'warning', /^heimdall$/, /Restart the agent/);
  });

  it('places that still name a dead agent, which --fix takes back', async () => {
    const desktop = { GSETTINGS_BACKEND: 'keyfile', PATH: process.env['PATH'] ?? '' };
    const home = temporaryFolder();
    const living = await makePatient({
      withSetup: true,
      env: { ...desktop, HOME: home, XDG_CONFIG_HOME: join(home, '.config') },
      agent: { port: await deadPort() },
    });
    await living.setup?.apply(['proxy', 'environment']);
    // The agent dies, and nobody takes back what it had set.
    const live = { ...living, agent: undefined };
    const made = await live.setup?.look(['proxy', 'environment']);
    expect(made?.some(({ state, life }) => state === 'done' && life === 'live')).toBe(true);
    const first = (await checksOf(live)).get('leftovers');
    blames(first, 'failed', /^heimdall$/, /restore --live/);
    expect((await checksOf(live, { fix: true })).get('leftovers')).toMatchObject({ verdict: 'ok' });
    expect((await live.setup?.look(['proxy', 'environment']))?.some(({ state, life }) => state === 'done' && life === 'live')).toBe(false);
  });

  it('a ledger that is damaged in the middle', async () => {
    const patient = await makePatient();
    const step = JSON.stringify({ at: 1, phase: 'intent', surface: 'proxy.gnome', original: null, ours: null });
    writeFileSync(join(patient.dataDir, 'ledger.jsonl'), `${step}\n{"at":2,"pha\n${step}\n`);
    const check = (await checksOf(patient)).get('leftovers');
    blames(check, 'failed', /^this machine$/, /line 2/);
  });

  it('a ledger whose last line was cut short is no damage', async () => {
    const patient = await makePatient();
    writeFileSync(join(patient.dataDir, 'ledger.jsonl'), '{"at":2,"pha');
    expect((await checksOf(patient)).get('leftovers')?.verdict).toBe('ok');
  });
});

describe('doctor: the port', () => {
  it('another program on the port of the settings', async () => {
    const port = await listening(createServer((socket) => socket.destroy()));
    const check = (await checksOf(await makePatient({ settings: { port } }))).get('port');
    blames(check, 'warning', /^program \(.*process \d+/, /End that program|another port/);
  });

  it('another program that answers where the agent should', async () => {
    const port = await listening(createHttpServer((_request, response) => response.end('hello')));
    const check = (await checksOf(await makePatient({ agent: { port } }))).get('listener-127.0.0.1');
    blames(check, 'failed', /^program/, /holds the port/);
  });

  it('nobody on the port of the agent', async () => {
    const check = (await checksOf(await makePatient({ agent: { port: await deadPort() } }))).get('listener-127.0.0.1');
    blames(check, 'failed', /^this machine$/, /firewall/);
  });

  it('a PAC file that names an old port', async () => {
    const old = await deadPort();
    const port = await listening(createHttpServer((_request, response) => response.end(pacFile(interceptedHosts(), old))));
    const check = (await checksOf(await makePatient({ agent: { port } }))).get('pac');
    blames(check, 'failed', /^heimdall$/, /heimdall setup/);
    expect(check?.seen).toContain(String(old));
  });

  it('a PAC file that is none', async () => {
    const port = await listening(createHttpServer((_request, response) => response.end('function FindProxyForURL(url, host) { return nothing.here; }')));
    blames((await checksOf(await makePatient({ agent: { port } }))).get('pac'), 'failed', /^heimdall$/, /Restart the agent/);
  });

  it('a port that has moved because another program holds it', async () => {
    const wanted = await listening(createServer((socket) => socket.destroy()));
    const port = await listening(createHttpServer((_request, response) => response.end(pacFile(interceptedHosts(), 1))));
    const check = (await checksOf(await makePatient({ settings: { port: wanted }, agent: { port } }))).get('port');
    blames(check, 'warning', /^program/, new RegExp(String(wanted)));
  });
});

describe('doctor: certificate authority, files, disk', () => {
  it('a CA that has expired', async () => {
    const patient = await makePatient({ caMadeAt: new Date(Date.now() - 1_000 * 86_400_000) });
    blames((await checksOf(patient)).get('ca'), 'failed', /^heimdall$/, /new CA/);
  });

  it('a CA from the future: the clock is wrong', async () => {
    const patient = await makePatient({ caMadeAt: new Date(Date.now() + 300 * 86_400_000) });
    blames((await checksOf(patient)).get('ca'), 'failed', /^this machine$/, /clock/);
  });

  it('a key of the CA that others can read, which --fix closes', async () => {
    const patient = await makePatient();
    const key = join(patient.dataDir, 'ca-key.pem');
    chmodSync(key, 0o644);
    blames((await checksOf(patient)).get('ca-key'), 'failed', /^this machine$/, /chmod 600/);
    expect((await checksOf(patient, { fix: true })).get('ca-key')).toMatchObject({ verdict: 'ok' });
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  it('a data folder that nobody can read, which --fix opens', async () => {
    const patient = await makePatient();
    chmodSync(patient.dataDir, 0o000);
    onTestFinished(() => chmodSync(patient.dataDir, 0o700));
    blames((await checksOf(patient)).get('data-folder'), 'failed', /^this machine$/, /chmod 700/);
    expect((await checksOf(patient, { fix: true })).get('data-folder')).toMatchObject({ verdict: 'ok' });
  });

  it('a data folder that others can look into', async () => {
    const patient = await makePatient();
    chmodSync(patient.dataDir, 0o755);
    blames((await checksOf(patient)).get('data-folder'), 'warning', /^this machine$/, /chmod 700/);
  });

  it('a full disk', async () => {
    const patient = await makePatient({ instruments: { freeBytes: () => Promise.resolve(1_048_576) } });
    blames((await checksOf(patient)).get('disk'), 'failed', /^this machine$/, /Free some space/);
  });

  it('a policy file that cannot be understood', async () => {
    const file = join(temporaryFolder(), 'policy.yaml');
    writeFileSync(file, 'rules:\n  - id: a\n    action: explode\n');
    const check = (await checksOf(await makePatient({ settings: { policyFile: file } }))).get('policy');
    blames(check, 'failed', /^this machine$/, /heimdall policy check/);
    expect(check?.seen).toContain('policy.yaml:');
  });

  it('a key of a gateway that others can read', async () => {
    const keyFile = join(temporaryFolder(), 'key');
    writeFileSync(keyFile, 'sk-bf-test', { mode: 0o644 });
    chmodSync(keyFile, 0o644);
    const targets = [{ id: 'g', kind: 'gateway' as const, url: 'https://gateway.example', virtualKey: { file: keyFile } }];
    blames((await checksOf(await makePatient({ settings: { targets } }))).get('settings'), 'warning', /^this machine$/, /0600/);
  });

  it('a log whose signed head is gone, and one that is no database', async () => {
    const patient = await makePatient();
    const log = await openAudit({ dir: patient.dataDir, retentionDays: 90, onTrouble: () => undefined });
    log.append(noteRecord('one', Date.now()));
    await log.close();
    expect((await checksOf(patient)).get('audit-head')?.verdict).toBe('ok');
    writeFileSync(join(patient.dataDir, 'audit.head'), 'nonsense');
    blames((await checksOf(patient)).get('audit-head'), 'failed', /^this machine$/, /audit verify/);
    writeFileSync(join(patient.dataDir, 'audit.db'), 'nonsense, and quite a lot of it, so that it cannot be taken for an empty file');
    blames((await checksOf(patient)).get('audit-head'), 'failed', /^this machine$/, /copy of the folder/);
  });
});

describe('doctor: the variables of this shell', () => {
  const shell = async (env: Readonly<Record<string, string>>, name: string, agentPort?: number) =>
    (await checksOf(await makePatient({ env, ...(agentPort === undefined ? {} : { agent: { port: agentPort } }) }))).get(`shell-${name}`);

  it('HTTPS_PROXY at a dead port', async () => {
    blames(await shell({ HTTPS_PROXY: `http://127.0.0.1:${await deadPort()}` }, 'HTTPS_PROXY'), 'failed', /^this machine$/, /unset HTTPS_PROXY/);
  });

  it('HTTPS_PROXY at the port of an agent of yesterday', async () => {
    const port = await listening(createHttpServer((_request, response) => response.end()));
    const check = await shell({ HTTPS_PROXY: `http://127.0.0.1:${await deadPort()}` }, 'HTTPS_PROXY', port);
    blames(check, 'failed', /^this machine$/, new RegExp(`127\\.0\\.0\\.1:${port}`));
  });

  it('https_proxy at another proxy', async () => {
    blames(await shell({ https_proxy: 'http://proxy.corp.example:3128' }, 'https_proxy'), 'warning', /^your proxy$/, /network\.upstreamProxy/);
  });

  it('HTTPS_PROXY that begins with https://', async () => {
    const port = await listening(createHttpServer((_request, response) => response.end()));
    blames(await shell({ HTTPS_PROXY: `https://127.0.0.1:${port}` }, 'HTTPS_PROXY', port), 'failed', /^this machine$/, /http:\/\/127/);
  });

  it('NODE_EXTRA_CA_CERTS that names a missing file', async () => {
    blames(await shell({ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' }, 'NODE_EXTRA_CA_CERTS'), 'failed', /^this machine$/, /setup --only environment/);
  });

  it('SSL_CERT_FILE without our CA, and with it', async () => {
    const file = join(temporaryFolder(), 'bundle.pem');
    writeFileSync(file, '');
    const patient = await makePatient({ env: { SSL_CERT_FILE: file } });
    blames((await checksOf(patient)).get('shell-SSL_CERT_FILE'), 'failed', /^this machine$/, /setup --only environment/);
    appendFileSync(file, readFileSync(join(patient.dataDir, 'ca.pem')));
    expect((await checksOf(patient)).get('shell-SSL_CERT_FILE')?.verdict).toBe('ok');
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED=0, named as dangerous', async () => {
    const check = await shell({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED');
    blames(check, 'failed', /^this machine$/, /unset NODE_TLS_REJECT_UNAUTHORIZED/);
    expect(check?.seen).toContain('DANGEROUS');
  });

  it('NO_PROXY that keeps AI hosts away from the proxy', async () => {
    blames(await shell({ NO_PROXY: 'localhost,.openai.com' }, 'NO_PROXY'), 'warning', /^this machine$/, /\.openai\.com/);
  });
});

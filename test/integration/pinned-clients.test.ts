import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AuditRecord } from '../../src/contract/audit.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import { eventually } from './eventually.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';

const host = 'api.openai.com';

/** A program of Node that believes one CA only and fetches once through the proxy: prints the status, or the code of the error. */
const pinnedProgram = `
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as secureRequest } from "node:https";
import { connect } from "node:tls";
const [, , port, host, ca] = process.argv;
// Such programs go on running; one that ends at once may be gone before the system can tell who it was.
const say = (text) => { console.log(text); setTimeout(() => process.exit(), 300); };
request({ host: '127.0.0.1', port, method: 'CONNECT', path: host + ':443' })
  .on('connect', (_, socket) => secureRequest({ host, path: '/v1/models', ca: readFileSync(ca), servername: host, createConnection: (options) => connect({ ...options, socket }) })
    .on('response', (answer) => say(answer.statusCode)).on('error', (error) => say(error.code)).end())
  .on('error', (error) => say(error.code)).end();
`;

async function pinned(policy: object | undefined) {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  const running = await runAgent({
    hosts: { [host]: provider },
    settings: { processOwner: { budgetMs: 1000 } },

    ...(policy === undefined ? {} : { policy: { version: 1, pinned: policy } }),
  });
  const folder = temporaryFolder();
  const script = join(folder, 'node_modules/@anthropic-ai/claude-code/cli.mjs');
  mkdirSync(dirname(script), { recursive: true });
  writeFileSync(script, pinnedProgram);
  const ca = join(folder, 'only.pem');
  writeFileSync(ca, provider.root);
  const run = (file: string, args: readonly string[]): Promise<string> =>
    new Promise((resolve) => execFile(file, args, { env: {}, timeout: 20_000 }, (error, stdout) => resolve(stdout.trim() || String(error?.code))));
  return {
    provider,
    running,
    node: () => run(process.execPath, [script, String(running.port), host, ca]),
    /** Exit code 60: it does not trust the certificate. */
    curl: () =>
      run('/usr/bin/curl', [
        '-s',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code} %{ssl_verify_result}',
        '--proxy',
        `http://127.0.0.1:${running.port}`,
        '--cacert',
        ca,
        `https://${host}/v1/models`,
      ]),
    notes: async () => {
      const client = await running.control();
      await eventually(() => running.agent.status().audit.pending === 0, 'the notes on the disk');
      return (await client.call('audit.query', { kind: 'note', limit: 20 })).map(({ record }) => record.note ?? '');
    },
    warning: () => running.agent.status().warnings.find(({ code }) => code === 'pinned-tunnel'),
  };
}

const told = ({ kind, outcome, peer, handshake }: AuditRecord): unknown[] => [kind, outcome, peer?.app, handshake];

describe('a client that accepts no certificate but its own', () => {
  it('goes on to fail under the built-in policy, and each failure is recorded with its app', async () => {
    const { provider, running, node, warning } = await pinned(undefined);
    for (let i = 0; i < 4; i++) expect(await node()).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect((await running.rows(4)).map(({ record }) => told(record))).toEqual(
      Array(4).fill(['handshake', 'failed-closed', 'claude-code', expect.stringMatching(/^(closed|reset)$/)]),
    );
    expect([provider.connections, warning()]).toEqual([0, undefined]);
  });

  it('passes unread after two failures where policy says tunnel, with its reason in every row, a warning, and notes of start and end', async () => {
    const { running, node, curl, notes, warning } = await pinned({ hosts: { [host]: 'tunnel' }, learnMinutes: 30 });
    const seen: string[] = [];
    for (let i = 0; i < 4; i++) seen.push(await node());
    expect(seen).toEqual(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', '200', '200']);
    const rows = (await running.rows(4)).map(({ record }) => record);
    expect(rows.map(({ kind }) => kind)).toEqual(['handshake', 'handshake', 'tunnel', 'tunnel']);
    for (const record of rows.slice(2)) {
      expect([record.outcome, record.peer?.app, record.note]).toEqual(['tunnelled', 'claude-code', expect.stringMatching(/^learned-pinned: "claude-code" /)]);
    }
    expect(warning()?.text).toMatch(/: claude-code to api\.openai\.com until \d{4}-.*Z\. Each is recorded/);
    expect(await notes()).toContainEqual(expect.stringMatching(/^Learned as pinned: "claude-code" broke off 2 TLS handshakes for api\.openai\.com/));
    // Another app is not let through by it.
    expect(await curl()).toMatch(/^000 /);
    const client = await running.control();
    const row = (await client.call('apps.list', {})).find(({ id }) => id === 'claude-code');
    expect([row?.coverage.observed.state, row?.coverage.enforced.state, row?.coverage.enforced.reason]).toEqual([
      'yes',
      'no',
      expect.stringContaining('learned-pinned'),
    ]);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31 * 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await node()).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect([warning(), (await running.rows(6)).at(-1)?.record.kind]).toEqual([undefined, 'handshake']);
    expect(await notes()).toContainEqual('No longer passed on as pinned: "claude-code" to api.openai.com; its time is over.');
  });

  it('that says so by an alert is learned as well', async () => {
    const { running, curl } = await pinned({ default: 'tunnel' });
    expect([await curl(), await curl()]).toEqual([expect.stringMatching(/^000 /), expect.stringMatching(/^000 /)]);
    await running.rows(2);
    expect(await curl()).toMatch(/^200 0/);
    expect((await running.rows(3)).map(({ record }) => told(record))).toEqual([
      ['handshake', 'failed-closed', 'curl', 'cert-rejected'],
      ['handshake', 'failed-closed', 'curl', 'cert-rejected'],
      ['tunnel', 'tunnelled', 'curl', undefined],
    ]);
  });
});

// `npm run demo`: an agent in a temporary folder, real clients through it, a table of what became of each call, and the audit chain verified.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../src/agent.ts';
import { openAuditReader } from '../src/audit/reader.ts';
import { listCells, listColumns } from '../src/cli/exchange-line.ts';
import { Output } from '../src/cli/output.ts';
import { tableLines } from '../src/cli/table.ts';
import { loadSettings } from '../src/config/settings.ts';
import type { AuditRecord } from '../src/contract/audit.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { createAuthority } from '../test/fakes/certificates.ts';
import { playFailover } from './failover.ts';

const root = join(import.meta.dirname, '..');
const output = new Output(process.stdout, process.env);
const say = (text: string): void => output.line(text);

/** The policy of the demo: one model is not approved, credentials are redacted. */
const policy = `version: 1
rules:
  - id: no-opus
    when: { model: claude-opus-4-1 }
    action: block
    message: Opus 4.1 is not approved here; use Sonnet.
  - id: redact-credentials
    when: { findings: [aws-access-key, github-token, private-key] }
    action: redact
`;

interface Scene {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What the scene must leave in the audit log. */
  readonly proves: (rows: readonly AuditRecord[]) => boolean;
}

const tunnelledHost = 'intranet.example';
const node = process.execPath;
const sdk = (call: string): Pick<Scene, 'command' | 'args'> => ({ command: node, args: [join(root, 'demo/sdk-call.ts'), call] });
const isCall = (dialect: string, model: string) => (row: AuditRecord) => row.dialect === dialect && row.model === model && row.status === 200;

function scenes(folder: string): Scene[] {
  const body = JSON.stringify({ model: 'llama-3.3-70b-versatile', messages: [{ role: 'user', content: 'Say hello.' }] });
  const curl = ['-sS', '--max-time', '20', '--cacert', join(folder, 'ca.pem')];
  return [
    { title: 'openai SDK, chat', ...sdk('openai-chat'), proves: (rows) => rows.some(isCall('openai-chat', 'gpt-5-mini')) },
    {
      title: 'openai SDK, responses, streamed',
      ...sdk('openai-responses-stream'),
      proves: (rows) => rows.some((row) => isCall('openai-responses', 'gpt-5')(row) && row.stream === true && row.firstTokenMs !== undefined),
    },
    {
      title: 'anthropic SDK, streamed',
      ...sdk('anthropic-stream'),
      proves: (rows) => rows.some((row) => isCall('anthropic-messages', 'claude-sonnet-4-6')(row) && row.stream === true),
    },
    { title: 'google genai SDK', ...sdk('gemini'), proves: (rows) => rows.some(isCall('gemini', 'gemini-2.5-flash')) },
    {
      title: 'openai SDK, a key in the prompt',
      ...sdk('openai-secret'),
      proves: (rows) => rows.some((row) => row.outcome === 'redacted' && row.findings?.[0]?.detector === 'aws-access-key'),
    },
    {
      title: 'anthropic SDK, a model that is not approved',
      ...sdk('anthropic-blocked'),
      proves: (rows) => rows.some((row) => row.outcome === 'refused' && row.rule === 'no-opus'),
    },
    {
      title: 'curl over HTTP/2',
      command: 'curl',
      args: [
        ...curl,
        '--http2',
        '-H',
        'content-type: application/json',
        '-H',
        'authorization: Bearer demo',
        '-d',
        body,
        'https://api.groq.com/openai/v1/chat/completions',
      ],
      proves: (rows) => rows.some((row) => row.host === 'api.groq.com' && row.status === 200),
    },
    {
      title: 'Claude Code CLI',
      command: join(root, 'node_modules/.bin/claude'),
      args: ['-p', 'Say hello to the bridge.'],
      proves: (rows) => rows.some((row) => row.peer?.app === 'claude-code' && row.dialect === 'anthropic-messages' && row.status === 200),
    },
    {
      title: 'curl to a host that is none of our business',
      command: 'curl',
      args: ['-sS', '--max-time', '20', '--cacert', join(folder, 'other-root.pem'), `https://${tunnelledHost}/`],
      proves: (rows) => rows.some((row) => row.kind === 'tunnel' && row.host === tunnelledHost && row.outcome === 'tunnelled'),
    },
  ];
}

/** A web server that is no AI host, with a certificate of its own root: proof that its TLS is not touched. */
async function startOtherHost(folder: string): Promise<{ port: number; close: () => void }> {
  const authority = createAuthority('Other Root');
  writeFileSync(join(folder, 'other-root.pem'), authority.root);
  const server = createServer(authority.issue({ names: [tunnelledHost] }), (_request, response) =>
    response.end('hello from a host that is none of our business\n'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

function clientEnvironment(folder: string, port: number): NodeJS.ProcessEnv {
  const proxy = `http://127.0.0.1:${port}`;
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    ANTHROPIC_API_KEY: 'demo',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
}

function run(scene: Scene, env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(scene.command, scene.args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (text += piece.toString()));
    child.on('error', (error) => resolve(error.message));
    child.on('close', () => resolve(text.trim()));
  });
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-demo-'));
  writeFileSync(join(folder, 'policy.yaml'), policy);
  const other = await startOtherHost(folder);
  const overrides = { port: 0, policyFile: join(folder, 'policy.yaml'), network: { connectTo: { [tunnelledHost]: `127.0.0.1:${other.port}` } } };
  const machine = { platform: process.platform, env: {}, home: homedir(), cwd: folder };
  const agent = await startAgent({
    loaded: loadSettings({ ...machine, overrides, dataDir: folder }),
    logger: createLogger({ level: 'error' }),
    platform: process.platform,
    env: {},
  });
  say(`Heimdall listens on 127.0.0.1:${agent.port}; nothing on this machine was changed. Targets: the built-in simulator.\n`);
  const planned = scenes(folder);
  for (const scene of planned) {
    const answer = await run(scene, clientEnvironment(folder, agent.port), folder);
    say(`${output.paint('bold', scene.title)}\n  ${answer.split('\n').slice(0, 3).join('\n  ').slice(0, 400)}`);
  }
  await agent.stop();
  other.close();
  const code = report(folder, planned, await openAuditReader(folder).verify());
  rmSync(folder, { recursive: true, force: true });
  return (await failover()) ? code : 1;
}

/** The scene of its own agent: two gateways, one of which is killed. */
async function failover(): Promise<boolean> {
  say(`\n${output.paint('bold', 'The preferred gateway is killed with calls under way')}`);
  const { story, failures, isProved } = await playFailover();
  for (const line of story) say(line);
  for (const failure of failures.slice(0, 3)) say(output.paint('red', `  ${failure}`));
  say(isProved ? output.paint('green', 'No client noticed.') : output.paint('red', 'Not proved: a client noticed, or a gateway was never used.'));
  return isProved;
}

function report(folder: string, planned: readonly Scene[], chain: Awaited<ReturnType<ReturnType<typeof openAuditReader>['verify']>>): number {
  const rows = [...openAuditReader(folder).query({ limit: 1000 })].sort((a, b) => a.seq - b.seq).filter((row) => row.record.kind !== 'note');
  const shown = rows.filter((row) => row.record.dialect !== 'native');
  const native = rows.length - shown.length;
  say('');
  for (const line of tableLines(listColumns, shown.map(listCells), output)) say(line);
  if (native > 0) say(output.paint('dim', `and ${native} native calls (sign-in, settings, telemetry of the clients), passed to their own hosts unread`));
  const records = rows.map((row) => row.record);
  const missing = planned.filter((scene) => !scene.proves(records));
  const verdict = chain.ok ? 'holds' : `is broken: ${chain.faults.map((fault) => fault.detail).join('; ')}`;
  say(`\nAudit chain of ${chain.rows} rows ${verdict}.`);
  for (const scene of missing) say(output.paint('red', `Not proved: ${scene.title}.`));
  if (missing.length === 0) say(output.paint('green', `All ${planned.length} scenes left the row they promise.`));
  return missing.length === 0 && chain.ok ? 0 : 1;
}

process.exitCode = await main();

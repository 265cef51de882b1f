import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AppCoverage } from '../../src/contract/coverage.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';

const host = 'api.openai.com';

/** Makes one inference call through the proxy of its environment, and lives on; without one it only lives. Named `aider` by its place. */
const program = `
import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { request as secure } from 'node:https';
import { connect } from 'node:tls';
setInterval(() => {}, 1000);
const proxy = process.env.HTTPS_PROXY;
if (proxy === undefined) console.log('idle');
else request({ host: '127.0.0.1', port: new URL(proxy).port, method: 'CONNECT', path: '${host}:443' }).on('connect', (_, socket) =>
  secure({ host: '${host}', path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json', host: '${host}' }, servername: '${host}',
    createConnection: (options) => connect({ ...options, socket, ca: readFileSync(process.env.SSL_CERT_FILE) }) })
    .on('response', (answer) => answer.resume().on('end', () => console.log(answer.statusCode)))
    .end(JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] }))).end();
`;

it('tells of a real program whether it needs a restart, and then each step by what was seen', async () => {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  const script = join(folder, 'bin', 'aider');
  writeFileSync(script, program);
  writeFileSync(join(folder, 'bin', 'package.json'), '{"type":"module"}');
  chmodSync(script, 0o755);
  const running = await runAgent({ hosts: { [host]: provider }, env: { PATH: join(folder, 'bin') } });
  const client = await running.control();
  const coverage = async (): Promise<AppCoverage | undefined> => (await client.call('apps.list', {})).find(({ id }) => id === 'aider')?.coverage;
  const start = async (env: Record<string, string>): Promise<{ said: string; stop: () => Promise<void> }> => {
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill());
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return {
      said: said.toString().trim(),
      stop: async () => {
        child.kill();
        await once(child, 'exit');
      },
    };
  };

  const before = await coverage();
  expect([before?.detected.how, before?.wired.state, before?.observed.state]).toEqual([`Found: ${script}.`, 'no', 'no']);

  const applied = await client.call('machine.apply', { groups: ['environment'] });
  expect(applied.filter(({ state }) => state === 'done').length).toBeGreaterThan(0);
  const wired = await coverage();
  expect(wired).toMatchObject({
    wired: { state: 'yes' },
    trusted: { state: 'yes', how: expect.stringContaining('A handshake through the agent succeeded') as string },
  });

  const late = await start({ HOME: folder });
  // What was believed before the program started holds for a few seconds; choosing another group ends that.
  await client.call('machine.apply', { groups: ['tools'] });
  expect(await coverage()).toMatchObject({ wired: { state: 'no', reason: expect.stringMatching(/^It needs a restart/) as string }, trusted: { state: 'no' } });
  await late.stop();

  const fresh = await start({ HTTPS_PROXY: `http://127.0.0.1:${running.port}`, SSL_CERT_FILE: running.caFile });
  expect(fresh.said).toBe('200');
  await running.rows(1);
  await client.call('machine.undo', { groups: ['tools'] });
  expect(await coverage()).toMatchObject({
    wired: { state: 'yes' },
    trusted: { state: 'yes', how: expect.stringContaining(`It accepted our certificate for ${host}`) as string },
    observed: { state: 'yes' },
    enforced: { state: 'yes', how: expect.stringContaining(host) as string },
  });
});

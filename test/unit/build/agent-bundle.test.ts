// The agent as it is shipped: what packages load that is no JavaScript must be found beside it, far from any node_modules.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildAgent } from '../../../build/agent-bundle.ts';
import { resolverMemory } from '../../../src/proxy/upstream/pac-network.ts';

const folder = join(mkdtempSync(join(tmpdir(), 'heimdall-bundle-')), 'agent');

beforeAll(() => buildAgent(join(import.meta.dirname, '../../..'), folder, '0.0.0'));
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

it('runs PAC files in its sandbox', async () => {
  const workerData = { source: 'function FindProxyForURL(url, host) { return "PROXY " + host + ":1"; }', memory: resolverMemory() };
  const worker = new Worker(join(folder, 'pac-evaluator-worker.js'), { workerData });
  const answer = await new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (reply: { id: unknown }) => {
      if (reply.id === 0) worker.postMessage({ id: 1, url: 'https://a.example/', host: 'a.example' });
      if (reply.id === 1) resolve(reply);
    });
  });
  await worker.terminate();
  expect(answer).toEqual({ id: 1, answer: 'PROXY a.example:1' });
});

it('finds the bridge to the libraries of the system', () => {
  const bridge = readdirSync(folder).find(
    (name) => name.endsWith('.js') && readFileSync(join(folder, name), 'utf8').includes('Cannot find the native Koffi module'),
  );
  const script = `const m = await import(${JSON.stringify(join(folder, bridge ?? 'none'))}); process.stdout.write(typeof (m.default ?? m).load)`;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: tmpdir(), encoding: 'utf8' })).toBe('function');
});

it('finds the bridge to the key store of the system', () => {
  // Nothing is asked of the store: that the program starts shows that it has found the bridge.
  const said = execFileSync(process.execPath, [join(folder, 'system-store-worker.js')], { cwd: tmpdir(), encoding: 'utf8', input: '[]' });
  expect(JSON.parse(said)).toEqual([]);
});

it('says its version', () => {
  expect(execFileSync(process.execPath, [join(folder, 'main.js'), '--version'], { cwd: tmpdir(), encoding: 'utf8' })).toMatch(/\d+\.\d+/);
});

// The scene in which the preferred gateway is killed with calls under way, comes back later, and no client notices.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startAgent } from '../src/agent.ts';
import type { AuditRow } from '../src/contract/audit.ts';
import { loadSettings } from '../src/config/settings.ts';
import { createLogger } from '../src/telemetry/logger.ts';

const key = 'sk-hd-demo';
const clients = 8;
/** Milliseconds of the scene: all is well, the preferred gateway is dead, it is back. */
const acts = { calm: 1_200, dead: 1_800, back: 5_000 } as const;

interface Gateway {
  readonly process: ChildProcess;
  readonly port: number;
}

async function startGateway(port = 0): Promise<Gateway> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'gateway.ts'), String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, port: Number(printed.toString()) };
}

/** Calls by the official SDKs until the time is over; they may not try again themselves, so a failure would be theirs. */
async function talk(port: number, index: number, until: number, failures: string[]): Promise<number> {
  const openai = new OpenAI({ apiKey: key, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
  const anthropic = new Anthropic({ apiKey: key, baseURL: `http://127.0.0.1:${port}/anthropic`, maxRetries: 0 });
  let done = 0;
  while (Date.now() < until) {
    const messages = [{ role: 'user' as const, content: `Say hello to the bridge, ${index}.` }];
    try {
      if (index % 2 === 0) await openai.chat.completions.create({ model: 'openai/gpt-5-mini', messages });
      else await anthropic.messages.create({ model: 'anthropic/claude-sonnet-4-6', max_tokens: 64, messages });
      done += 1;
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return done;
}

export interface FailoverResult {
  readonly calls: number;
  readonly failures: readonly string[];
  /** Lines to print. */
  readonly story: readonly string[];
  /** The scene is what it promises: every call answered, both gateways used, the preferred one again after its return. */
  readonly isProved: boolean;
}

export async function playFailover(): Promise<FailoverResult> {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-failover-'));
  const [preferred, second] = await Promise.all([startGateway(), startGateway()]);
  const gateways = [preferred, second].map(({ port }, index) => ({
    id: index === 0 ? 'gateway-eu' : 'gateway-us',
    kind: 'gateway' as const,
    url: `http://127.0.0.1:${port}`,
    virtualKey: 'sk-bf-demo',
  }));
  const overrides = { port: 0, targets: gateways, routing: { probeMs: 300 }, virtualKeys: [{ id: 'demo', key }] };
  const machine = { platform: process.platform, env: {}, home: homedir(), cwd: folder };
  const loaded = loadSettings({ ...machine, overrides, dataDir: folder });
  const agent = await startAgent({ loaded, logger: createLogger({ level: 'error' }), platform: process.platform, env: {} });
  const rows: AuditRow[] = [];
  agent.onRows((fresh) => rows.push(...fresh));
  const failures: string[] = [];
  const start = Date.now();
  const end = start + acts.calm + acts.dead + acts.back;
  const talking = Promise.all(Array.from({ length: clients }, (_, index) => talk(agent.port, index, end, failures)));
  await pause(acts.calm);
  preferred.process.kill('SIGKILL');
  const killedAt = Date.now();
  await pause(acts.dead);
  const revived = await startGateway(preferred.port);
  const revivedAt = Date.now();
  const calls = (await talking).reduce((sum, each) => sum + each, 0);
  await agent.stop();
  for (const gateway of [revived, second]) gateway.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });

  const exchanges = rows.map(({ record }) => record).filter(({ kind }) => kind === 'exchange');
  const by = (target: string, from: number, to: number): number =>
    exchanges.filter((record) => record.target === target && record.startedAt >= from && record.startedAt < to).length;
  const moved = exchanges.filter(({ attempts = [] }) => attempts.length > 1).length;
  const act = (what: string, from: number, to: number): string =>
    `  ${what.padEnd(34)} gateway-eu ${String(by('gateway-eu', from, to)).padStart(5)} calls   gateway-us ${String(by('gateway-us', from, to)).padStart(5)} calls`;
  return {
    calls,
    failures,
    story: [
      act('all is well', start, killedAt),
      act('gateway-eu is killed (SIGKILL)', killedAt, revivedAt),
      act('gateway-eu is back', revivedAt, end + 1_000),
      `  ${calls} calls by the openai and anthropic SDKs, which may not try again: ${failures.length} failed. ${moved} were under way or on their way to gateway-eu and were moved.`,
    ],
    isProved:
      failures.length === 0 && by('gateway-eu', start, killedAt) > 0 && by('gateway-us', killedAt, revivedAt) > 0 && by('gateway-eu', revivedAt, end) > 0,
  };
}

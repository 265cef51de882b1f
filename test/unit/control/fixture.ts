// A control server in a temporary folder with handlers that tests can replace.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { serveControl } from '../../../src/control/server.ts';
import type { ControlServer, ControlServerOptions } from '../../../src/control/server.ts';
import type { AuditRow } from '../../../src/contract/audit.ts';
import { contractVersion } from '../../../src/contract/control.ts';
import type { Handlers, Snapshot } from '../../../src/contract/control.ts';
import type { AgentStatus } from '../../../src/contract/status.ts';

export const status: AgentStatus = {
  state: 'protected',
  reason: 'All is well.',
  version: '0.0.0',
  pid: 1,
  startedAt: 0,
  proxy: { port: 7465, addresses: ['127.0.0.1'] },
  ca: { fingerprint: 'AA', notAfter: 0, file: '/ca.pem' },
  policy: { revision: 'default', source: 'built in', rules: 0 },
  targets: [],
  budgets: [],
  warnings: [],
  counters: { exchanges: 0, tunnels: 0, blocked: 0, redacted: 0, failed: 0 },
  today: { exchanges: 0, tunnels: 0, blocked: 0, redacted: 0, failed: 0, costUsd: 0, inputTokens: 0, outputTokens: 0 },
  pausedUntil: undefined,
  rights: { mayPause: true, longestPauseMinutes: 1440, mayQuit: true },
  pipeline: { count: 0, mean: 0, p50: 0, p99: 0, spans: { recognise: 0, read: 0, evaluate: 0, plan: 0, record: 0 } },
  audit: { rows: 0, pending: 0, file: '/audit.db' },
};

export function row(seq: number, note = ''): AuditRow {
  const record = {
    id: `id-${seq}`,
    kind: 'note',
    startedAt: 0,
    durationMs: 0,
    outcome: 'forwarded',
    host: 'h',
    port: 443,
    bytesFromClient: 0,
    bytesToClient: 0,
    model: note,
  } as const;
  return { seq, hash: 'h', record };
}

/** Methods that no test of the socket calls. */
const untested = (): never => {
  throw new Error('This test answers no such call.');
};

export const handlers: Handlers = {
  'status.get': () => status,
  'audit.query': ({ limit }) => Array.from({ length: Math.min(limit, 3) }, (_unused, index) => row(index + 1)),
  'audit.verify': () => ({ ok: true, rows: 3, checkpoints: 1, unsigned: 0, faults: [], head: 'h' }),
  'audit.fingerprint': ({ value }) => ({ fingerprint: `print-${value.length}` }),
  'ca.get': () => ({ pem: 'PEM', fingerprint: 'AA', subject: 'CN=x', notBefore: 0, notAfter: 1, permitted: [], file: '/ca.pem' }),
  'policy.get': () => ({ revision: 'default', source: 'built in', policy: {}, rejected: undefined, origin: 'default', parts: [] }),
  'agent.pause': () => ({ ...status, state: 'paused' }),
  'agent.resume': () => status,
  'agent.stop': () => ({ stopping: true }),
  'targets.explain': untested,
  'targets.drain': untested,
  'targets.probe': untested,
  'targets.weigh': untested,
  'audit.count': untested,
  'audit.page': untested,
  'audit.get': untested,
  'audit.values': untested,
  'audit.export': untested,
  'content.get': untested,
  'usage.summary': untested,
  'usage.series': untested,
  'apps.list': untested,
  'apps.decide': untested,
  'ask.answer': untested,
  'policy.try': untested,
  'settings.get': untested,
  'settings.set': untested,
  'setup.get': untested,
  'setup.apply': untested,
  'setup.undo': untested,
  'machine.look': untested,
  'machine.apply': untested,
  'machine.undo': untested,
  'diagnostics.run': untested,
  'diagnostics.bundle': untested,
};

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-control-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function startServer(options: Partial<ControlServerOptions> = {}): Promise<ControlServer> {
  const snapshot: Snapshot = { status, recent: [], questions: [] };
  const path = options.path ?? join(temporaryFolder(), 'run', 'control.sock');
  const server = await serveControl({ handlers, snapshot: () => snapshot, version: '0.0.0', ...options, path });
  onTestFinished(() => server.close());
  return server;
}

/** A client that writes whatever it is told to and collects the lines it gets. */
export function rawClient(path: string) {
  const socket = connect(path);
  onTestFinished(() => void socket.destroy());
  const frames: Record<string, unknown>[] = [];
  let held = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    frames.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    socket,
    frames,
    closed,
    write: (text: string) => socket.write(text),
    greet: () => socket.write(`{"heimdall":{"contract":${contractVersion}}}\n`),
  };
}

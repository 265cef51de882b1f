// Runs the command line in this process, on a machine with nothing but a temporary home.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { CommandContext } from '../../../src/cli/command.ts';
import { Output } from '../../../src/cli/output.ts';
import type { OutputStream } from '../../../src/cli/output.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { AuditRecord } from '../../../src/contract/audit.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly home: string;
  readonly stdin?: string;
  readonly env?: Record<string, string>;
}

export function contextOf({ home, stdin = '', env = {} }: CliOptions, out: OutputStream = collector(), err: OutputStream = collector()): CommandContext {
  return {
    platform: 'linux',
    env,
    home,
    cwd: home,
    out: new Output(out, env),
    err: new Output(err, env),
    stdin: Readable.from([Buffer.from(stdin)]) as unknown as NodeJS.ReadStream,
    now: () => Date.UTC(2026, 10, 22, 12),
    version: '9.9.9',
  };
}

export async function cli(options: CliOptions, ...argv: string[]): Promise<Ran> {
  const [out, err] = [collector(), collector()];
  const exit = await runCli(argv, contextOf(options, out, err));
  return { exit, out: out.text(), err: err.text() };
}

/** A pipe that keeps what is written. */
function collector(): OutputStream & { text(): string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return Object.assign(stream, { text: () => text });
}

export function record(changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: '0198c7d2-0000-7000-8000-000000000001',
    kind: 'exchange',
    startedAt: Date.UTC(2026, 10, 22, 11),
    durationMs: 12.5,
    outcome: 'redacted',
    peer: { pid: 42, executable: '/usr/bin/claude', app: 'claude-code' },
    host: 'api.anthropic.com',
    port: 443,
    method: 'POST',
    path: '/v1/messages',
    httpVersion: '1.1',
    dialect: 'anthropic-messages',
    model: 'claude-test',
    stream: true,
    decision: 'redact',
    rule: 'no-keys',
    policyRevision: 'abc',
    findings: [{ detector: 'email', count: 2, fingerprints: ['f00d'] }],
    redactions: 2,
    target: 'head-office',
    targetKind: 'gateway',
    attempts: [{ target: 'head-office', kind: 'gateway', status: 200, error: undefined, milliseconds: 10 }],
    status: 200,
    usage: { inputTokens: 12, outputTokens: 34 },
    costUsd: 0.0123,
    stopReason: 'end_turn',
    firstTokenMs: 5.4,
    bytesFromClient: 100,
    bytesToClient: 200,
    ...changes,
  };
}

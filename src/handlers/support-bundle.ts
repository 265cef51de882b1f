// The support bundle: what a helper needs to see, without secrets, prompts, fingerprints or names of people.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { arch, release, type } from 'node:os';
import { join } from 'node:path';
import type { AuditRow } from '../contract/audit.ts';
import type { DiagnosticCheck, SupportBundle } from '../contract/diagnostics.ts';
import type { SettingsView } from '../contract/settings-view.ts';
import type { AgentStatus } from '../contract/status.ts';
import { createRedactor } from '../telemetry/redact.ts';

export interface BundleSources {
  readonly status: AgentStatus;
  readonly settings: SettingsView;
  readonly checks: readonly DiagnosticCheck[];
  readonly rows: readonly AuditRow[];
  readonly home: string;
  readonly dataDir: string;
}

/** Bytes of the log's end that go along. */
const logTail = 65_536;

export function supportBundle({ status, settings, checks, rows, home, dataDir }: BundleSources, now: Date = new Date()): SupportBundle {
  const redactor = createRedactor(home);
  const bundle = {
    madeAt: now.toISOString(),
    system: { type: type(), release: release(), arch: arch(), node: process.version, openssl: process.versions.openssl },
    status,
    settings,
    checks,
    // Findings say what kind of thing was found; their fingerprints are of use on this device alone.
    exchanges: rows.map(({ seq, record: { findings, peer, path, ...facts } }) => ({
      seq,
      ...facts,
      app: peer?.app,
      path: path === undefined ? undefined : path.slice(0, 200),
      findings: findings?.map(({ detector, count }) => ({ detector, count })),
    })),
    log: tailOf(join(dataDir, 'logs', 'heimdall.log')),
  };
  const text = JSON.stringify(bundle, (_key, value: unknown) => (typeof value === 'string' ? redactor.text(value) : value), 2);
  return { fileName: `heimdall-support-${now.toISOString().slice(0, 10)}.json`, text: `${text}\n` };
}

/** The last lines of the log, which was redacted when it was written; the first of them may be cut and is left out. */
function tailOf(file: string): readonly string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, logTail));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    return size > logTail ? lines.slice(1) : lines;
  } finally {
    closeSync(descriptor);
  }
}

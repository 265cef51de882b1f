// The walk of one exchange as steps, from the program that asked to the row that was written: only what the record holds.
import type { AuditRecord, AuditRow } from '../../../src/contract/audit.ts';
import { formatBytes, formatDuration } from '../../format.ts';
import { t } from '../../strings/en.ts';

const words = t.activity.walk;

export interface WalkStep {
  readonly id: 'seen' | 'recognised' | 'read' | 'found' | 'asked' | 'decided' | 'attempt' | 'answered' | 'trouble' | 'noted' | 'recorded';
  /** How the step stands: passed, passed with a change, an end by policy, a failure, or nothing to do. */
  readonly tone: 'plain' | 'good' | 'changed' | 'stopped' | 'failed' | 'skipped';
  readonly title: string;
  readonly text: string;
  /** Things said beside: ids, hosts, hashes. */
  readonly facts: readonly string[];
}

export function walkOf({ seq, hash, record }: AuditRow): readonly WalkStep[] {
  const recorded: WalkStep = { id: 'recorded', tone: 'plain', title: words.recorded, text: words.recordedText(seq), facts: [hash.slice(0, 16)] };
  if (record.kind === 'note') return [{ id: 'noted', tone: 'plain', title: words.noted, text: record.note ?? '', facts: [] }, recorded];
  return [
    seenStep(record),
    recognisedStep(record),
    ...readSteps(record),
    ...foundSteps(record),
    ...askedSteps(record),
    ...decidedSteps(record),
    ...attemptSteps(record),
    ...answeredSteps(record),
    ...troubleSteps(record),
    recorded,
  ];
}

function seenStep({ peer, host, port }: AuditRecord): WalkStep {
  const where = port === 443 ? host : `${host}:${port}`;
  const text = `${peer === undefined ? words.seenUnknown : words.seenBy(peer.app, peer.pid)} ${where}`;
  return { id: 'seen', tone: 'plain', title: words.seen, text, facts: [] };
}

function recognisedStep({ product, dialect, kind }: AuditRecord): WalkStep {
  const what = dialect === undefined || kind !== 'exchange' ? undefined : dialect === 'native' ? words.native : words.call(dialect);
  const text = [product ?? words.recognisedNone, what].filter((part) => part !== undefined).join(', ');
  return { id: 'recognised', tone: product === undefined ? 'skipped' : 'plain', title: words.recognised, text, facts: [] };
}

function readSteps(record: AuditRecord): WalkStep[] {
  const { kind, dialect, model, stream, handshake, method, path } = record;
  if (handshake !== undefined) {
    return [{ id: 'read', tone: 'failed', title: words.handshake, text: sentence(t.activity.handshakes[handshake]), facts: [] }];
  }
  if (kind === 'tunnel') {
    const moved = t.activity.detail.bytes(formatBytes(record.bytesFromClient), formatBytes(record.bytesToClient));
    return [{ id: 'read', tone: 'skipped', title: words.tunnel, text: record.note ?? words.tunnelText, facts: [moved] }];
  }
  if (kind !== 'exchange') return [];
  const request = method === undefined ? [] : [`${method} ${path ?? ''}`.trim()];
  if (dialect === undefined || dialect === 'native') return [{ id: 'read', tone: 'skipped', title: words.read, text: words.readNothing, facts: request }];
  const parts = [model === undefined ? words.readNoModel : words.readModel(model), stream === true ? words.streamed : words.inOnePiece];
  return [{ id: 'read', tone: 'plain', title: words.read, text: sentence(parts.join(', ')), facts: request }];
}

function foundSteps({ decision, findings }: AuditRecord): WalkStep[] {
  if (findings === undefined || findings.length === 0) {
    return decision === undefined ? [] : [{ id: 'found', tone: 'skipped', title: words.found, text: words.foundNothing, facts: [] }];
  }
  return [{ id: 'found', tone: 'changed', title: words.found, text: findings.map(({ detector, count }) => `${detector} × ${count}`).join(', '), facts: [] }];
}

function askedSteps({ asked }: AuditRecord): WalkStep[] {
  if (asked === undefined) return [];
  const { by, answer, waitedMs, justification } = asked;
  const text = words.askedBy[by](answer, formatDuration(waitedMs));
  return [{ id: 'asked', tone: 'plain', title: words.asked, text, facts: justification === undefined ? [] : [words.justification(justification)] }];
}

function decidedSteps({ decision, rule, redactions, policyRevision }: AuditRecord): WalkStep[] {
  if (decision === undefined) return [];
  const tones = { allow: 'good', redact: 'changed', block: 'stopped' } as const;
  const text = [
    `${words.decisions[decision]}, ${rule === undefined ? words.byDefault : words.byRule(rule)}`,
    redactions === undefined || redactions === 0 ? undefined : words.redactions(redactions),
  ];
  return [
    {
      id: 'decided',
      tone: tones[decision],
      title: words.decided,
      text: text.filter((part) => part !== undefined).join(', '),
      facts: policyRevision === undefined ? [] : [words.revision(policyRevision)],
    },
  ];
}

function attemptSteps({ attempts = [] }: AuditRecord): WalkStep[] {
  return attempts.map(({ target, status, error, milliseconds }, index) => ({
    id: 'attempt',
    tone: error === undefined ? 'good' : 'failed',
    title: words.attempt(index + 1),
    text: error === undefined ? words.attemptOk(target, status) : words.attemptFailed(target, error),
    facts: [words.after(formatDuration(milliseconds))],
  }));
}

function answeredSteps({ status, attempts, firstTokenMs, stopReason, outcome }: AuditRecord): WalkStep[] {
  if (status === undefined) return [];
  const isOurs = outcome === 'refused' || attempts === undefined;
  const parts = [
    isOurs ? words.refusedStatus(status) : words.status(status),
    firstTokenMs === undefined ? undefined : words.firstToken(formatDuration(firstTokenMs)),
    stopReason === undefined ? undefined : words.stop(stopReason),
  ];
  const tone = outcome === 'refused' ? 'stopped' : status >= 400 ? 'failed' : 'good';
  return [{ id: 'answered', tone, title: words.answered, text: parts.filter((part) => part !== undefined).join(', '), facts: [] }];
}

function troubleSteps({ error, outcome }: AuditRecord): WalkStep[] {
  if (error === undefined) return [];
  const isPolicy = outcome === 'refused';
  return [{ id: 'trouble', tone: isPolicy ? 'stopped' : 'failed', title: isPolicy ? words.stopped : words.trouble, text: error.message, facts: [error.code] }];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// One exchange as a story for a person: the walk from the program that asked to the row that was written.
import type { AuditRecord, AuditRow } from '../contract/audit.ts';
import { dollars } from './exchange-line.ts';
import { dateTime } from './moment.ts';
import { printable } from './output.ts';
import type { Output } from './output.ts';

/** Lines to print. */
export function storyLines(row: AuditRow, output: Output): string[] {
  const { record } = row;
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ['asked by', peerStep(record)],
    ['noted', record.note === undefined ? [] : [record.note]],
    ['request', requestStep(record)],
    ['read as', readStep(record)],
    ['found', findingSteps(record)],
    ['decided', decisionStep(record)],
    ['placed', placeStep(record)],
    ['tried', attemptSteps(record)],
    ['answered', answerStep(record)],
    ['went wrong', troubleStep(record)],
    ['bytes', [`${record.bytesFromClient} from the client, ${record.bytesToClient} to it, in ${record.durationMs.toFixed(1)} ms`]],
    ['recorded', [`row ${row.seq}, hash ${row.hash}`]],
  ];
  const told = record.kind === 'note' ? steps.filter(([name]) => name === 'noted' || name === 'recorded') : steps;
  const title = [`${record.kind} ${record.id}`, dateTime(record.startedAt), ...(record.kind === 'note' ? [] : [record.outcome])].join(' · ');
  return [output.paint('bold', printable(title)), ...told.flatMap(([name, lines]) => labelled(name, lines, output))];
}

function labelled(name: string, lines: readonly string[], output: Output): string[] {
  return lines.map((line, index) => `  ${output.paint('dim', (index === 0 ? name : '').padEnd(11))} ${printable(line)}`);
}

function peerStep({ peer }: AuditRecord): string[] {
  return [peer === undefined ? 'a program that could not be told' : `${peer.app} (process ${peer.pid}, ${peer.executable})`];
}

function requestStep({ method, host, port, path, httpVersion, product, handshake }: AuditRecord): string[] {
  if (host === '') return method === undefined || product === undefined ? [] : [`${method} ${path ?? ''} (${product})`];
  const where = product === undefined ? '' : `, ${product}`;
  if (method === undefined) return [`${host}:${port}${where}${handshake === undefined ? '' : `; the TLS handshake failed: ${handshake}`}`];
  return [`${method} ${host}${port === 443 ? '' : `:${port}`}${path ?? ''}${httpVersion === undefined ? '' : ` (HTTP/${httpVersion}${where})`}`];
}

function readStep({ dialect, model, stream }: AuditRecord): string[] {
  if (dialect === undefined) return [];
  if (dialect === 'native') return ['nothing: not an inference call, so its body was not read'];
  return [[dialect, model === undefined ? 'no model named' : `model ${model}`, stream === true ? 'streamed' : 'in one piece'].join(', ')];
}

function findingSteps({ findings }: AuditRecord): string[] {
  return (findings ?? []).map(
    ({ detector, count, fingerprints }) => `${detector} × ${count}${fingerprints.length === 0 ? '' : ` (fingerprints ${fingerprints.join(', ')})`}`,
  );
}

function decisionStep({ decision, rule, policyRevision, redactions }: AuditRecord): string[] {
  if (decision === undefined) return [];
  const by = rule === undefined ? 'no rule applied' : `by rule ${rule}`;
  const changed = redactions === undefined || redactions === 0 ? '' : `, ${redactions} redaction${redactions === 1 ? '' : 's'}`;
  return [`${decision}, ${by}${changed}${policyRevision === undefined ? '' : ` (policy ${policyRevision})`}`];
}

/** The default route has no name worth telling. */
function placeStep({ route, virtualKey }: AuditRecord): string[] {
  const parts = [route === undefined ? undefined : `by the route ${route}`, virtualKey === undefined ? undefined : `with the virtual key ${virtualKey}`];
  const told = parts.filter((part) => part !== undefined);
  return told.length === 0 ? [] : [told.join(', ')];
}

function attemptSteps({ attempts }: AuditRecord): string[] {
  return (attempts ?? []).map(({ target, kind, model, key, status, error, milliseconds, unusedUsage }, index) => {
    const result = error ?? (status === undefined ? 'no answer' : `status ${status}`);
    const whom = [
      target === kind ? undefined : kind,
      model === undefined ? undefined : `asked for ${model}`,
      key === undefined ? undefined : `key ${key}`,
    ].filter((part) => part !== undefined);
    const unused = unusedUsage === undefined ? '' : `, not used; ${(unusedUsage.inputTokens ?? 0) + (unusedUsage.outputTokens ?? 0)} tokens may be billed`;
    return `${index + 1}. ${target}${whom.length === 0 ? '' : ` (${whom.join(', ')})`}: ${result} after ${milliseconds.toFixed(1)} ms${unused}`;
  });
}

function answerStep(record: AuditRecord): string[] {
  const { status, firstTokenMs, usage, stopReason, costUsd } = record;
  if (status === undefined) return [];
  const tokens = Object.entries(usage ?? {}).map(([name, count]) => `${String(count)} ${words(name)}`);
  const parts = [
    `status ${status}`,
    firstTokenMs === undefined ? undefined : `first token after ${firstTokenMs.toFixed(1)} ms`,
    ...tokens,
    stopReason === undefined ? undefined : `ended by ${stopReason}`,
    costUsd === undefined ? undefined : dollars(costUsd),
  ];
  return [parts.filter((part) => part !== undefined).join(', ')];
}

function troubleStep({ error }: AuditRecord): string[] {
  return error === undefined ? [] : [`${error.message} (${error.code})`];
}

/** `cachedInputTokens` → `cached input tokens`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

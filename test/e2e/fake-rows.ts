// Makes the audit row of any seq on demand, the same one each time, so that a million rows take no memory.
import type { AuditRecord, AuditRow, RecordedFinding } from '../../src/contract/audit.ts';
import type { Attempt } from '../../src/contract/exchange.ts';
import { fakeApps, fakeNotes, gateways, personalDetectors, secretDetectors, tunnelHosts } from './fake-tables.ts';
import type { FakeApp } from './fake-tables.ts';

export type RowFlavour =
  'forwarded' | 'redacted' | 'blocked' | 'asked' | 'retried' | 'failed' | 'native' | 'aborted' | 'tunnel' | 'handshake' | 'refused' | 'note';

/** Mean distance of two rows: a million of them fill eighty days. */
const stepMs = 7_000;
/** Rows come in bursts: the distance swings between a tenth of the mean and twice it. */
const burst = 40;

/** 32 bits that depend on nothing but the seq and the salt. */
export function mix(seq: number, salt: number): number {
  let h = Math.imul(seq ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

export function pick<T>(list: readonly T[], number: number): T {
  const found = list[number % list.length];
  if (found === undefined) throw new RangeError('Nothing to pick from.');
  return found;
}

const hex = (seq: number, salt: number, length: number) =>
  Array.from({ length: Math.ceil(length / 8) }, (_, i) =>
    mix(seq, salt + i)
      .toString(16)
      .padStart(8, '0'),
  )
    .join('')
    .slice(0, length);

/** Age of the row `back` steps behind the newest, milliseconds: grows steadily, in waves. */
export function ageOf(back: number): number {
  return 2_000 + stepMs * (back - 0.9 * burst * (Math.cos(back / burst) - 1) * 0.5);
}

/** The seq stands in the last twelve digits, so that a row is found by its id. */
export function idOf(seq: number, startedAt: number): string {
  const time = Math.floor(startedAt).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(seq, 90, 3)}-8${hex(seq, 91, 3)}-${seq.toString(16).padStart(12, '0')}`;
}

export const seqOfId = (id: string): number => Number.parseInt(id.slice(-12), 16);

function flavourOf(seq: number): RowFlavour {
  const roll = mix(seq, 1) % 1000;
  const steps: readonly (readonly [number, RowFlavour])[] = [
    [690, 'forwarded'],
    [760, 'redacted'],
    [785, 'blocked'],
    [797, 'asked'],
    [815, 'retried'],
    [822, 'failed'],
    [852, 'native'],
    [862, 'aborted'],
    [970, 'tunnel'],
    [985, 'handshake'],
    [993, 'refused'],
  ];
  return steps.find(([below]) => roll < below)?.[1] ?? 'note';
}

/** Work comes in sessions: neighbouring rows are mostly of the same app. */
function appOf(seq: number): FakeApp {
  const session = mix(seq, 2) % 4 === 0 ? seq : seq >> 4;
  let roll = mix(session, 3) % fakeApps.reduce((sum, { weight }) => sum + weight, 0);
  return fakeApps.find(({ weight }) => (roll -= weight) < 0) ?? pick(fakeApps, 0);
}

function findings(seq: number, detectors: readonly string[]): RecordedFinding[] {
  const detector = pick(detectors, mix(seq, 4));
  const count = 1 + (mix(seq, 5) % 3);
  const first = { detector, count, fingerprints: Array.from({ length: count }, (_, i) => hex((seq >> 6) + i, 40, 32)) };
  return mix(seq, 6) % 4 === 0 && detector !== 'email' ? [first, { detector: 'email', count: 1, fingerprints: [hex(seq, 50, 32)] }] : [first];
}

const answered = (milliseconds: number, index = 0): Attempt => ({
  target: pick(gateways, index).id,
  kind: 'gateway',
  status: 200,
  error: undefined,
  milliseconds,
});

/** `startedAt` is given, because the time of generated rows and of emitted ones is known differently. */
export function recordOf(seq: number, startedAt: number, flavour: RowFlavour = flavourOf(seq)): AuditRecord {
  const app = appOf(seq);
  const peer = { pid: 1200 + (mix(seq >> 4, 7) % 30_000), executable: app.executable, app: app.id };
  const id = idOf(seq, startedAt);
  const shortMs = 1 + (mix(seq, 8) % 40_000) / 1000;
  const plain = { id, startedAt, durationMs: shortMs, port: 443, bytesFromClient: 0, bytesToClient: 0 };
  if (flavour === 'note') return { ...plain, kind: 'note', outcome: 'native', host: '', port: 0, durationMs: 0, note: pick(fakeNotes, seq) };
  if (flavour === 'tunnel') {
    const where = pick(tunnelHosts, mix(seq, 9));
    const bytes = { bytesFromClient: 900 + (mix(seq, 10) % 40_000), bytesToClient: 4_000 + (mix(seq, 11) % 900_000) };
    return { ...plain, ...bytes, ...where, kind: 'tunnel', outcome: 'tunnelled', peer, durationMs: shortMs * 900 };
  }
  const route = pick(app.routes, mix(seq, 12));
  const where = { host: route.host, provider: route.provider, product: route.product, peer };
  if (flavour === 'handshake') {
    const error = {
      code: 'client-handshake',
      message: 'The client does not trust the certificate of Heimdall. Give it the CA file, or let the host be tunnelled.',
    };
    return { ...plain, ...where, kind: 'handshake', outcome: 'failed-closed', handshake: 'cert-rejected', error };
  }
  if (flavour === 'refused') {
    const error = { code: 'address-refused', message: 'The name leads to a private address. Allow its range under network.allowPrivate if this is meant.' };
    return { ...plain, kind: 'refused', outcome: 'refused', host: 'llm.intranet.example', peer, error };
  }
  const call = {
    ...plain,
    ...where,
    kind: 'exchange' as const,
    method: 'POST',
    path: route.path,
    httpVersion: seq % 3 === 0 ? ('1.1' as const) : ('2' as const),
  };
  if (flavour === 'native') {
    const bytes = { bytesFromClient: 420, bytesToClient: 1_900 };
    return { ...call, ...bytes, method: 'GET', path: '/v1/models', dialect: 'native', outcome: 'native', status: 200, attempts: [answered(shortMs + 80)] };
  }
  const model = pick(route.models, mix(seq, 13));
  const facts = {
    ...call,
    dialect: route.dialect,
    model,
    stream: seq % 5 !== 0,
    policyRevision: '4f9a1c07d2be',
    bytesFromClient: 1_800 + (mix(seq, 14) % 90_000),
  };
  if (flavour === 'blocked') {
    const message = 'Keys and tokens must not leave this machine. Take the key out and send again.';
    return {
      ...facts,
      outcome: 'refused',
      decision: 'block',
      rule: 'block-secrets',
      findings: findings(seq, secretDetectors),
      status: 403,
      bytesToClient: 312,
      error: { code: 'policy-blocked', message },
    };
  }
  if (flavour === 'failed') {
    const down = { target: 'gateway-eu', kind: 'gateway' as const, status: undefined, error: 'connect-timeout', milliseconds: 10_004 };
    const message = 'No gateway could be reached, and policy says onGatewayDown: closed. Check the network.';
    return {
      ...facts,
      outcome: 'failed-closed',
      decision: 'allow',
      durationMs: 20_020,
      attempts: [down, { ...down, target: 'gateway-us' }],
      status: 502,
      error: { code: 'gateway-unreachable', message },
    };
  }
  return answeredCall(seq, flavour, facts, route.price);
}

function answeredCall(seq: number, flavour: RowFlavour, facts: Omit<AuditRecord, 'outcome'>, price: readonly [number, number]): AuditRecord {
  const firstTokenMs = 240 + (mix(seq, 15) % 1_400);
  const inputTokens = 400 + (mix(seq, 16) % 38_000);
  const outputTokens = 30 + (mix(seq, 17) % 2_400);
  const whole = {
    ...facts,
    durationMs: firstTokenMs + outputTokens * 6.5,
    firstTokenMs,
    decision: 'allow' as const,
    target: 'gateway-eu',
    targetKind: 'gateway' as const,
    attempts: [answered(firstTokenMs - 60)],
    status: 200,
    usage: { inputTokens, outputTokens, cachedInputTokens: Math.floor(inputTokens * 0.6) },
    costUsd: (inputTokens * price[0] + outputTokens * price[1]) / 1_000_000,
    stopReason: facts.dialect === 'anthropic-messages' ? 'end_turn' : 'stop',
    bytesToClient: outputTokens * 14,
  };
  if (flavour === 'redacted') {
    const found = findings(seq, personalDetectors);
    const redactions = found.reduce((sum, { count }) => sum + count, 0);
    return { ...whole, outcome: 'redacted', decision: 'redact', rule: 'redact-personal-data', findings: found, redactions };
  }
  if (flavour === 'retried') {
    const first: Attempt = { target: 'gateway-eu', kind: 'gateway', status: 503, error: 'gateway-rejected', milliseconds: 1_212 };
    const attempts = [first, { ...answered(firstTokenMs, 1) }];
    return { ...whole, outcome: 'forwarded', target: 'gateway-us', attempts, durationMs: whole.durationMs + 1_212, firstTokenMs: firstTokenMs + 1_212 };
  }
  if (flavour === 'aborted') {
    const error = { code: 'client-aborted', message: 'The client went away before the answer ended.' };
    return { ...whole, outcome: 'client-aborted', error, stopReason: undefined };
  }
  if (flavour === 'asked') {
    const allowed = mix(seq, 18) % 3 !== 0;
    const base = { ...whole, rule: 'ask-frontier-models', durationMs: whole.durationMs + 21_000 };
    if (allowed) {
      const justification = 'Needed for the incident review of ticket 4711; the text holds no customer data.';
      return { ...base, outcome: 'forwarded', asked: { answer: 'allow', by: 'user', justification, waitedMs: 20_400 } };
    }
    const error = { code: 'policy-blocked', message: 'Nobody answered in time, so the rule blocks.' };
    return {
      ...facts,
      rule: 'ask-frontier-models',
      outcome: 'refused',
      decision: 'block',
      status: 403,
      bytesToClient: 312,
      durationMs: 60_004,
      error,
      asked: { answer: 'block', by: 'timeout', waitedMs: 60_000 },
    };
  }
  return { ...whole, outcome: 'forwarded' };
}

export function rowOf(seq: number, record: AuditRecord): AuditRow {
  return { seq, hash: hex(seq, 70, 64), record };
}

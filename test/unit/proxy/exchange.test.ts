import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { matchHost } from '../../../src/catalog/match.ts';
import type { AuditRecord } from '../../../src/contract/audit.ts';
import type { FailMode, Policy } from '../../../src/contract/policy.ts';
import type { RequestHead } from '../../../src/contract/exchange.ts';
import type { GatewayTarget, Target } from '../../../src/contract/target.ts';
import { compilePolicy } from '../../../src/policy/compile.ts';
import { parsePolicy } from '../../../src/policy/parse.ts';
import { runExchange } from '../../../src/proxy/exchange.ts';
import type { ExchangeNotice, ExchangeServices } from '../../../src/proxy/walk.ts';
import type { BodySink, BodySource, Origin } from '../../../src/proxy/flow.ts';
import { Questions } from '../../../src/proxy/questions.ts';
import { UpstreamPool } from '../../../src/proxy/upstream/pool.ts';
import { PipelineClock } from '../../../src/telemetry/pipeline-times.ts';
import { ClientDouble } from './exchange-doubles.ts';
import { routingServices, unlimited } from './routing-services.ts';
import { connectorTo } from './upstream/upstream-call.ts';

const surface = matchHost('api.openai.com');
const chat = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'write to ann@example.com' }] });
const bodyLimit = 2_048;

/** A body that comes in pieces as fast as it is taken, then its end, unless the client leaves before. */
class SentBody implements BodySource {
  readonly isEmpty = false;
  readonly #pieces: Buffer[];
  #sink: BodySink | undefined;
  onGiven: (() => void) | undefined;
  hasEnd = true;

  constructor(...pieces: (string | Buffer)[]) {
    this.#pieces = pieces.map((piece) => Buffer.from(piece));
  }
  start(sink: BodySink): void {
    this.#sink = sink;
    this.resume();
  }
  resume(): void {
    for (let piece = this.#pieces.shift(); piece; piece = this.#pieces.shift()) if (this.#sink?.data(piece) === false) return;
    this.onGiven?.();
    if (this.hasEnd) this.#sink?.end([]);
  }
}

class Caller extends ClientDouble {
  override readonly origin: Origin;
  constructor(body: SentBody, head: Partial<RequestHead> = {}, peerSearch?: Promise<void>) {
    super({ scheme: 'http', port: 80, headers: ['Host', 'api.openai.com', 'Content-Type', 'application/json', 'Transfer-Encoding', 'chunked'], ...head }, body);
    this.origin = { peer: undefined, peerSearch };
  }
  get status(): string | undefined {
    return this.log.find((line) => line.startsWith('respond'))?.slice('respond '.length);
  }
  get answer(): string {
    return this.log
      .filter((line) => line.startsWith('write '))
      .map((line) => line.slice('write '.length))
      .join('');
  }
  /** How the answer ended: exactly one of them, once, or not at all. */
  get endings(): string[] {
    return this.log.filter((line) => line === 'end' || line === 'abort');
  }
}

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An upstream on a port of its own, for any host. */
async function upstream(answer: (response: ServerResponse) => void = (response) => void response.end('{"usage":{"prompt_tokens":1}}')) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(pieces).toString('latin1') });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, received };
}

interface Setting {
  readonly policy?: Partial<Policy>;
  readonly targets?: readonly Target[];
  /** Port of the upstream that stands for every host. */
  readonly port?: number;
  readonly more?: Partial<ExchangeServices>;
}

const emptyPolicy = parsePolicy('{"version":1}', 'test');

function setUp({ policy = {}, targets = [], port = 1, more = {} }: Setting = {}) {
  const rows: AuditRecord[] = [];
  const notices: ExchangeNotice[] = [];
  const compiled = compilePolicy({ ...emptyPolicy, ...policy }, { revision: 'r1', fingerprint: (value) => `f:${value.length}` });
  const pool = new UpstreamPool(connectorTo({ 'api.openai.com': `127.0.0.1:${port}` }));
  onTestFinished(() => pool.close());
  const router = routingServices(targets);
  const services: ExchangeServices = {
    policy: () => compiled,
    router,
    ...unlimited,
    pool,
    audit: (record) => rows.push(record),
    pipeline: new PipelineClock(),
    questions: new Questions({ emit: () => undefined, hasAskers: () => false }),
    content: { take: () => undefined },
    bodyLimit,
    ownerBudgetMs: 10,
    answerTimeoutMs: 5_000,
    notice: (notice) => notices.push(notice),
    ...more,
  };
  return { rows, notices, router, services };
}

const origin: Target = { id: 'origin', kind: 'origin' };
/** A gateway at which nobody listens. */
const nowhere: GatewayTarget = { id: 'gw', kind: 'gateway', url: new URL('http://127.0.0.1:1'), virtualKey: 'vk-secret', wire: 'bifrost', headers: [] };
const failures = (mode: FailMode): Partial<Policy> => ({ failures: { onGatewayDown: mode, onUnreadable: mode, onPolicyError: mode } });
const failing = (mode: FailMode) => ({
  policy: () => ({
    revision: 'broken',
    evaluate: () => {
      throw new TypeError('a rule fell over');
    },
    failMode: () => mode,
  }),
});

async function run(setting: Setting, caller: Caller) {
  const made = setUp(setting);
  await runExchange(caller, surface, made.services);
  expect(made.rows).toHaveLength(1);
  return { ...made, row: made.rows[0] };
}

describe('a call', () => {
  it('that policy allows is answered, and its row says by whom', async () => {
    const caller = new Caller(new SentBody(chat));
    const { row, notices } = await run({}, caller);
    expect(caller.status).toBe('200');
    expect(caller.endings).toEqual(['end']);
    expect(row).toMatchObject({
      outcome: 'forwarded',
      decision: 'allow',
      dialect: 'openai-chat',
      model: 'gpt-4o',
      targetKind: 'simulator',
      status: 200,
      policyRevision: 'r1',
    });
    expect(notices).toEqual([]);
  });

  it('that policy redacts goes out with the found spans changed, and nothing else', async () => {
    const { port, received } = await upstream();
    const { row } = await run(
      { port, targets: [origin], policy: { rules: [{ id: 'mail', when: { findings: 'email' }, action: 'redact' }] } },
      new Caller(new SentBody(chat)),
    );
    expect(row).toMatchObject({ outcome: 'redacted', rule: 'mail', redactions: 1, findings: [{ detector: 'email', count: 1 }] });
    expect(received[0]?.body).not.toContain('ann@example.com');
    const [before, after] = chat.split('ann@example.com');
    expect(received[0]?.body.startsWith(before ?? '?') && received[0].body.endsWith(after ?? '?')).toBe(true);
    expect(JSON.stringify(row)).not.toContain('ann@');
  });

  it('that policy blocks reaches nobody, and the client reads the rule\u2019s own words in the vendor\u2019s shape', async () => {
    const { port, received } = await upstream();
    const caller = new Caller(new SentBody(chat));
    const { row } = await run({ port, targets: [origin], policy: { rules: [{ id: 'no', when: {}, action: 'block', message: 'Not here.' }] } }, caller);
    expect(row).toMatchObject({ outcome: 'refused', decision: 'block', rule: 'no', status: 403, error: { code: 'policy-blocked' } });
    expect((JSON.parse(caller.answer) as { error: { message: string } }).error.message).toContain('Not here.');
    expect(received).toEqual([]);
  });

  it('does not wait longer for its program\u2019s name than the budget', async () => {
    const never = new Promise<void>(() => undefined);
    const { row } = await run({}, new Caller(new SentBody(chat), {}, never));
    expect(row).toMatchObject({ outcome: 'forwarded', peer: undefined });
  });

  it('that waits for 100 Continue gets it before its body is read, once', async () => {
    const { port, received } = await upstream();
    const caller = new Caller(new SentBody(chat), { headers: ['Host', 'api.openai.com', 'Expect', '100-continue', 'Content-Length', String(chat.length)] });
    caller.expectsContinue = true;
    await run({ port, targets: [origin] }, caller);
    expect(caller.log.filter((line) => line.startsWith('inform'))).toEqual(['inform 100']);
    expect(caller.log[0]).toBe('inform 100');
    expect(received[0]?.headers.expect).toBeUndefined();
  });
});

describe('a body that cannot be read', () => {
  const large = [chat, 'x'.repeat(bodyLimit), 'y'.repeat(5 * bodyLimit), 'end'];
  const coded = ['Host', 'api.openai.com', 'Transfer-Encoding', 'chunked', 'Content-Encoding'];
  const cases = [
    ['over the limit', large, {}, '413', 'body-too-large'],
    ['broken JSON', [chat.slice(0, -4)], {}, '400', 'body-unreadable'],
    ['in an unknown coding', [chat], { headers: [...coded, 'secret-sauce'] }, '400', 'body-unreadable'],
    ['that is not what its coding says', [chat], { headers: [...coded, 'gzip'] }, '400', 'body-unreadable'],
    ['that grows over the limit when it is decoded', [gzipSync('z'.repeat(10 * bodyLimit))], { headers: [...coded, 'gzip'] }, '413', 'body-too-large'],
  ] as const;

  it.each(cases)('%s is refused where policy is closed', async (_what, pieces, head, status, code) => {
    const { port, received } = await upstream();
    const caller = new Caller(new SentBody(...pieces), head);
    const { row } = await run({ port, targets: [origin], policy: failures('closed') }, caller);
    expect(caller.status).toBe(status);
    expect(row).toMatchObject({ outcome: 'failed-closed', error: { code } });
    expect(received).toEqual([]);
  });

  it.each(cases)('%s goes on byte for byte where policy is open', async (_what, pieces, head, _status, code) => {
    const { port, received } = await upstream();
    const caller = new Caller(new SentBody(...pieces), head);
    const { row } = await run({ port, targets: [origin], policy: failures('open') }, caller);
    expect(caller.status).toBe('200');
    expect(row).toMatchObject({ outcome: 'failed-open', error: { code } });
    expect(received[0]?.body).toBe(Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString('latin1'));
  });
});

describe('a policy that fails', () => {
  it.each([
    ['closed', '503', 'failed-closed', 0],
    ['open', '200', 'failed-open', 1],
  ] as const)('%s', async (mode, status, outcome, calls) => {
    const { port, received } = await upstream();
    const caller = new Caller(new SentBody(chat));
    const { row, notices } = await run({ port, targets: [origin], more: failing(mode) }, caller);
    expect(caller.status).toBe(status);
    expect(row).toMatchObject({ outcome, error: { code: 'policy-failed' } });
    expect(notices).toEqual([{ kind: 'policy-error', detail: 'a rule fell over' }]);
    expect(received).toHaveLength(calls);
  });
});

describe('a gateway that is down', () => {
  it.each([
    ['closed', '503', 'failed-closed'],
    ['open', '200', 'failed-open'],
  ] as const)('%s, on the first call and while it rests', async (mode, status, outcome) => {
    const { port } = await upstream();
    const made = setUp({ port, targets: [nowhere], policy: failures(mode) });
    for (const attempts of [1, 0]) {
      const caller = new Caller(new SentBody(chat));
      await runExchange(caller, surface, made.services);
      expect(caller.status).toBe(status);
      const row = made.rows.at(-1);
      expect(row).toMatchObject({ outcome, error: { code: 'gateway-unreachable' } });
      expect(row?.attempts?.filter((attempt) => attempt.kind === 'gateway') ?? []).toHaveLength(attempts);
    }
    expect(made.notices.map((notice) => notice.kind)).toEqual(['gateway-down', 'gateway-down']);
    expect(JSON.stringify([made.rows, made.notices])).not.toContain('vk-secret');
  });

  it('is never given a streamed body twice', async () => {
    const caller = new Caller(new SentBody(chat, 'x'.repeat(bodyLimit)));
    const { port, received } = await upstream();
    const { row } = await run({ port, targets: [nowhere], policy: failures('open') }, caller);
    expect(caller.status).toBe('503');
    expect(row).toMatchObject({ outcome: 'failed-closed' });
    expect(received).toEqual([]);
  });

  it('that echoes the virtual key in its refusal does not bring it to client, row or notice', async () => {
    const body = JSON.stringify({ type: 'virtual_key_blocked', error: { message: `key vk-secret is blocked. ${'x'.repeat(9_000)}` } });
    const { port } = await upstream((response) => void response.writeHead(403, { 'content-type': 'application/json' }).end(body));
    const gateway: GatewayTarget = { ...nowhere, url: new URL(`http://127.0.0.1:${port}`) };
    const caller = new Caller(new SentBody(chat));
    const { row, notices } = await run({ targets: [gateway] }, caller);
    expect(caller.status).toBe('403');
    expect(row).toMatchObject({ outcome: 'refused', error: { code: 'gateway-rejected' } });
    expect(JSON.stringify([caller.log, row, notices])).not.toContain('vk-secret');
    expect(caller.answer.length).toBeLessThan(2_000);
  });
});

describe('a client that goes away', () => {
  it('before its body', async () => {
    const caller = new Caller(new SentBody(chat));
    caller.isGone = true;
    expect((await run({}, caller)).row).toMatchObject({ outcome: 'client-aborted' });
  });

  it('in the middle of its body', async () => {
    const body = new SentBody(chat.slice(0, 10));
    const caller = new Caller(body);
    body.hasEnd = false;
    body.onGiven = () => setImmediate(() => caller.leave());
    expect((await run({}, caller)).row).toMatchObject({ outcome: 'client-aborted' });
  });

  it('while the upstream thinks', async () => {
    const caller = new Caller(new SentBody(chat));
    const { port } = await upstream(() => caller.leave());
    const { row } = await run({ port, targets: [origin] }, caller);
    expect(row).toMatchObject({ outcome: 'client-aborted', attempts: [{ error: 'client-aborted' }] });
    expect(caller.status).toBeUndefined();
  });

  it('in the middle of the answer', async () => {
    const caller = new Caller(new SentBody(chat));
    const { port } = await upstream((response) => {
      response.write('data: {}\n\n', () => setTimeout(() => caller.leave(), 20));
    });
    expect((await run({ port, targets: [origin] }, caller)).row).toMatchObject({ outcome: 'client-aborted', status: 200 });
  });
});

describe('a fault inside', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const faults: readonly (readonly [string, Partial<ExchangeServices>])[] = [
    ['in the policy that is in force', { policy: boom }],
    ['in the question what to do then', { policy: () => ({ revision: 'r', evaluate: boom, failMode: boom }) }],
    ['in the router', { router: Object.assign(routingServices([]), { plan: boom }) }],
    ['in the pool', { router: routingServices([origin]), pool: Object.assign(new UpstreamPool(connectorTo({})), { startKept: boom }) }],
  ];

  it.each(faults)('%s is one row, one answer, and a word of it to the log', async (_where, more) => {
    const caller = new Caller(new SentBody(chat));
    const { row, notices } = await run({ more }, caller);
    expect(row).toMatchObject({ outcome: 'failed-closed' });
    expect(caller.endings).toHaveLength(1);
    expect(['500', '502']).toContain(caller.status);
    expect(caller.answer).not.toContain('boom');
    expect(notices.filter((notice) => notice.kind === 'fault').length + (row?.attempts?.length ?? 0)).toBe(1);
  });

  it('in what comes after the answer leaves the answer whole', async () => {
    const caller = new Caller(new SentBody(chat));
    const { row } = await run({ more: { budgets: { usedShare: () => 0, admit: () => ({ ok: true, reservation: { settle: boom, release: boom } }) } } }, caller);
    expect(row?.outcome).toBe('failed-closed');
    expect(caller.endings[0]).toBe('end');
    expect(() => JSON.parse(caller.answer) as unknown).not.toThrow();
  });

  it('in the log itself is told, and rejects nothing', async () => {
    const { notices, services } = setUp({ more: { audit: boom } });
    const caller = new Caller(new SentBody(chat));
    await expect(runExchange(caller, surface, services)).resolves.toBeUndefined();
    expect(caller.status).toBe('200');
    expect(notices).toMatchObject([{ kind: 'fault' }]);
  });
});

describe('whatever happens', () => {
  const outcomes = ['forwarded', 'redacted', 'refused', 'native', 'tunnelled', 'failed-open', 'failed-closed', 'client-aborted'];

  it('there is exactly one row, one of the known outcomes, and at most one end of the answer', async () => {
    const { port } = await upstream((response) => {
      const turn = Math.random();
      if (turn < 0.3) response.destroy();
      else if (turn < 0.5) response.writeHead(429).end('{}');
      else if (turn < 0.7) response.write('data: {}\n\n', () => response.destroy());
      else response.end('{}');
    });
    const plan = fc.record({
      targets: fc.subarray([nowhere, { ...nowhere, id: 'gw2', url: new URL(`http://127.0.0.1:${port}`) }, origin] as Target[]),
      mode: fc.constantFrom<FailMode>('open', 'closed'),
      rule: fc.constantFrom('allow', 'block', 'redact', undefined),
      body: fc.constantFrom(chat, chat.slice(0, 9), 'x'.repeat(3 * bodyLimit), ''),
      path: fc.constantFrom('/v1/chat/completions', '/v1/responses', '/v1/models'),
      leaves: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
      breaks: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ targets, mode, rule, body, path, leaves, breaks }) => {
        const rules: Policy['rules'] = rule === undefined ? [] : [{ id: 'r', when: rule === 'redact' ? { findings: 'any' } : {}, action: rule }];
        const { rows, services } = setUp({ port, targets, policy: { ...failures(mode), rules }, more: breaks ? failing(mode) : {} });
        const caller = new Caller(new SentBody(body), { path });
        if (leaves !== undefined) setTimeout(() => caller.leave(), leaves);
        await runExchange(caller, surface, services);
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(rows).toHaveLength(1);
        expect(outcomes).toContain(rows[0]?.outcome);
        expect(caller.endings.length).toBeLessThanOrEqual(1);
        expect(JSON.stringify(rows)).not.toContain('vk-secret');
      }),
      { numRuns: 60 },
    );
  });
});

// An agent made of the contract alone: the real control socket, every method answered from made-up but coherent data.
import { mkdirSync } from 'node:fs';
import type { AskQuestion } from '../../src/contract/ask.ts';
import type { EventData, EventName, Handlers, MethodName, Params } from '../../src/contract/control.ts';
import { AgentError } from '../../src/contract/errors.ts';
import type { AgentStatus } from '../../src/contract/status.ts';
import type { AppDecision, AppRow } from '../../src/contract/usage.ts';
import { controlPath } from '../../src/control/path.ts';
import { serveControl } from '../../src/control/server.ts';
import { fakeCoverage } from './fake-coverage.ts';
import { FakeLog } from './fake-log.ts';
import { FakeMachine, fakeCa, fakeChecks, repairedChecks } from './fake-machine.ts';
import { contentOf, fakePolicy, tryPolicy } from './fake-policy.ts';
import { idOf } from './fake-rows.ts';
import type { RowFlavour } from './fake-rows.ts';
import { explainedOf, noUsage, statusOf } from './fake-states.ts';
import type { Scenario } from './fake-states.ts';
import { fakeApps } from './fake-tables.ts';

export interface FakeAgentOptions {
  /** The folder that HEIMDALL_DATA_DIR names for the shell. */
  readonly dataDir: string;
  /** Default `protected`. */
  readonly scenario?: Scenario;
  /** Generated rows; default 4,200, a million cost nothing. 0 is an agent that saw nothing yet. */
  readonly rows?: number;
}

export interface FakeAgent {
  readonly path: string;
  readonly dataDir: string;
  /** Answers given to questions, in order. */
  readonly answers: readonly Params<'ask.answer'>[];
  /** Methods asked for, in order. */
  readonly calls: readonly MethodName[];
  status(): AgentStatus;
  setScenario(scenario: Scenario): void;
  /** Published at once; stands until the next `setScenario`. */
  setStatus(patch: Partial<AgentStatus>): void;
  /** New rows, published at once; without flavours one of any kind. */
  emitRows(...flavours: RowFlavour[]): readonly { readonly seq: number; readonly id: string }[];
  ask(patch?: Partial<AskQuestion>): AskQuestion;
  /** From now on this method fails with this error; without one it works again. */
  fail(method: MethodName, error?: AgentError): void;
  close(): Promise<void>;
}

export async function startFakeAgent({ dataDir, scenario = 'protected', rows = 4_200 }: FakeAgentOptions): Promise<FakeAgent> {
  const began = Date.now();
  const log = new FakeLog(rows, began);
  const machine = new FakeMachine();
  const questions = new Map<string, AskQuestion>();
  const answers: Params<'ask.answer'>[] = [];
  const calls: MethodName[] = [];
  const faults = new Map<MethodName, AgentError>();
  const decisions = new Map<string, AppDecision>([
    ['claude-code', 'approved'],
    ['codex', 'approved'],
    ['cursor', 'approved'],
    ['ingest-nightly', 'denied'],
  ]);
  let current = scenario;
  let patch: Partial<AgentStatus> = {};

  const midnight = new Date(began).setHours(0, 0, 0, 0);
  let today = { size: -1, totals: noUsage };
  const status = (): AgentStatus => {
    if (today.size !== log.size) today = { size: log.size, totals: log.summary(midnight).totals };
    return { ...statusOf(current, { now: Date.now(), dataDir, rows: log.size, today: today.totals }), startedAt: began, ...patch };
  };
  const apps = (): AppRow[] => (log.size === 0 ? [] : appRows(log, decisions));

  const handlers: Handlers = {
    'status.get': status,
    'audit.query': (filter) => log.query(filter),
    'audit.count': (match) => log.count(match),
    'audit.page': ({ match, upTo, offset, limit }) => ({ rows: log.page(match, upTo, offset, limit) }),
    'audit.get': ({ id }) => log.byId(id) ?? null,
    'audit.values': () => ({
      app: fakeApps.map(({ id }) => id),
      host: unique(fakeApps.flatMap(({ routes }) => routes.map(({ host }) => host))),
      model: unique(fakeApps.flatMap(({ routes }) => routes.flatMap(({ models }) => models))),
      target: ['gateway-eu', 'gateway-us'],
      provider: unique(fakeApps.flatMap(({ routes }) => routes.map(({ provider }) => provider))),
    }),
    'audit.export': ({ match, format, after }) => {
      const found = log.following(match, after, 500);
      const line = (row: (typeof found)[number]) => (format === 'jsonl' ? JSON.stringify(row) : `${row.seq},${row.record.id},${row.record.outcome}`);
      return { text: found.map((row) => `${line(row)}\n`).join(''), rows: found.length, next: found.length < 500 ? null : (found.at(-1)?.seq ?? null) };
    },
    'audit.verify': async () => {
      for (const share of [0.25, 0.5, 0.75, 1]) {
        server.emit('audit.verifying', { rows: Math.floor(log.size * share), of: log.size });
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      return {
        ok: true,
        rows: log.size,
        checkpoints: Math.floor(log.size / 1000),
        unsigned: log.size % 1000,
        faults: [],
        head: log.at(log.size)?.hash ?? '0'.repeat(64),
      };
    },
    'audit.fingerprint': ({ value }) => ({ fingerprint: Buffer.from(value.padEnd(16)).toString('hex').slice(0, 32) }),
    'ca.get': () => fakeCa(dataDir, began),
    'content.get': ({ id }) => {
      const row = log.byId(id);
      return row === undefined ? { kind: 'absent', reason: 'There is no row with this id.' } : contentOf(row, log.size);
    },
    'usage.summary': ({ since }) => log.summary(since),
    'usage.series': ({ since, bucketMs }) => log.series(since, bucketMs),
    'apps.list': apps,
    'apps.decide': ({ app, decision }) => {
      if (app === 'ingest-nightly') throw new AgentError('not-allowed', 'The decision on ingest-nightly is managed by /etc/heimdall/policy.yaml.');
      decisions.set(app, decision);
      const row = apps().find(({ id }) => id === app);
      if (row === undefined) throw new AgentError('control-bad-params', `No app ${app} was seen.`);
      return row;
    },
    'ask.answer': (answer) => {
      const question = questions.get(answer.id);
      if (question === undefined) throw new AgentError('unknown-question', 'The question is no longer open.');
      if (answer.answer === 'allow' && question.needsJustification && (answer.justification ?? '').trim() === '') {
        throw new AgentError('control-bad-params', 'Allowing this call needs a justification.');
      }
      questions.delete(answer.id);
      answers.push(answer);
      server.emit('ask.closed', { id: answer.id });
      return { answered: true };
    },
    'policy.get': () => fakePolicy,
    'policy.try': (input) => tryPolicy(input, (id) => log.byId(id)),
    'settings.get': () => machine.settings(),
    'settings.set': ({ key, value }) => machine.setSetting(key, value),
    'targets.explain': () => explainedOf(status()),
    'targets.drain': ({ target, drained }) => {
      patch = { ...patch, targets: status().targets.map((each) => (each.id === target ? { ...each, drained } : each)) };
      server.emit('status.changed', status());
      return status();
    },
    'targets.probe': ({ target = '' }) => [{ target, ok: target !== 'gateway-eu', milliseconds: 48, detail: 'GET /health: 200' }],
    'targets.weigh': () => [],
    'setup.get': () => machine.steps(),
    'setup.apply': ({ step }) => machine.change(step, 'done'),
    'setup.undo': ({ step }) => machine.change(step, 'not-done'),
    // The window speaks of steps; the places one by one are for the command line.
    'machine.look': () => [],
    'machine.apply': () => [],
    'machine.undo': () => [],
    'diagnostics.run': ({ fix }) => (fix ? repairedChecks : fakeChecks),
    'diagnostics.bundle': () => ({ fileName: 'heimdall-support-2026-11-22.json', text: JSON.stringify({ status: status(), checks: fakeChecks }, null, 2) }),
    'agent.pause': ({ minutes }) => {
      become('paused', { pausedUntil: Date.now() + minutes * 60_000 });
      return status();
    },
    'agent.resume': () => {
      become('protected');
      return status();
    },
    'agent.stop': () => ({ stopping: true }),
  };

  const server = await serveControl({
    path: socketOf(dataDir),
    handlers: watched(handlers, calls, faults),
    snapshot: () => ({ status: status(), recent: log.page({}, log.size, 0, 200), questions: [...questions.values()] }),
    version: '0.1.0',
  });
  const emit = <E extends EventName>(event: E, data: EventData<E>): void => server.emit(event, data);
  const become = (next: Scenario, more: Partial<AgentStatus> = {}): void => {
    current = next;
    patch = more;
    emit('status.changed', status());
  };

  return {
    path: server.path,
    dataDir,
    answers,
    calls,
    status,
    setScenario: become,
    setStatus: (more) => {
      patch = { ...patch, ...more };
      emit('status.changed', status());
    },
    emitRows: (...flavours) => {
      const appended = log.append(flavours.length === 0 ? [undefined] : flavours);
      emit('audit.appended', appended);
      emit('status.changed', status());
      return appended.map(({ seq, record }) => ({ seq, id: record.id }));
    },
    ask: (more) => {
      const question = { ...questionNow(log.size + 1 + questions.size), ...more };
      questions.set(question.id, question);
      emit('ask.opened', question);
      return question;
    },
    fail: (method, error) => {
      if (error === undefined) faults.delete(method);
      else faults.set(method, error);
    },
    close: () => server.close(),
  };
}

function socketOf(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return controlPath(dataDir, process.platform, process.env);
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** Notes which methods are asked for, and lets a test make one fail. */
function watched(handlers: Handlers, calls: MethodName[], faults: ReadonlyMap<MethodName, AgentError>): Handlers {
  const entries = Object.entries(handlers).map(([name, handler]) => {
    const method = name as keyof Handlers;
    const answer = (params: never): unknown => {
      calls.push(method);
      const fault = faults.get(method);
      if (fault !== undefined) throw fault;
      return (handler as (params: never) => unknown)(params);
    };
    return [method, answer];
  });
  return Object.fromEntries(entries) as Handlers; // the same methods, each behind the same wrapper
}

function questionNow(seq: number): AskQuestion {
  const askedAt = Date.now();
  return {
    id: idOf(seq, askedAt),
    rule: 'ask-frontier-models',
    message: 'This model costs ten times the usual one. Say what you need it for.',
    app: 'claude-code',
    host: 'api.anthropic.com',
    model: 'claude-opus-4-5',
    findings: [{ detector: 'email', count: 2 }],
    needsJustification: true,
    askedAt,
    deadline: askedAt + 60_000,
    otherwise: 'block',
  };
}

function appRows(log: FakeLog, decisions: ReadonlyMap<string, AppDecision>): AppRow[] {
  const shares = log.summary(0).apps;
  const newest = log.at(log.size)?.record.startedAt ?? 0;
  const seen = fakeApps.map(({ id, name, known, executable }, i): AppRow => {
    const share = shares.find((candidate) => candidate.name === id);
    const decision = decisions.get(id) ?? 'pending';
    return {
      id,
      name,
      known,
      installedAt: known ? executable : undefined,
      firstSeen: log.at(1 + i * 3)?.record.startedAt,
      lastSeen: newest - i * 47_000,
      exchanges: share?.exchanges ?? 0,
      tunnels: i === 5 ? 214 : i,
      blocked: share?.blocked ?? 0,
      costUsd: share?.costUsd ?? 0,
      decision,
      decidedBy: decision === 'pending' ? undefined : id === 'ingest-nightly' || id === 'claude-code' ? 'managed' : 'user',
      coverage: fakeCoverage(id),
    };
  });
  const silent = {
    known: true,
    firstSeen: undefined,
    lastSeen: undefined,
    exchanges: 0,
    tunnels: 0,
    blocked: 0,
    costUsd: 0,
    decision: 'pending',
    decidedBy: undefined,
  } as const;
  return [
    ...seen,
    { ...silent, id: 'zed', name: 'Zed', installedAt: '/usr/bin/zed', coverage: fakeCoverage('zed') },
    { ...silent, id: 'ollama', name: 'Ollama', installedAt: '/usr/local/bin/ollama', coverage: fakeCoverage('ollama') },
  ];
}

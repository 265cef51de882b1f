import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AskQuestion } from '../../src/contract/ask.ts';
import type { ControlClient } from '../../src/contract/control.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import type { FakeProvider } from '../fakes/provider.ts';
import { eventually } from './eventually.ts';
import { hostsOfDialects, inferenceCall } from './inference-call.ts';
import { call, openTls } from './proxy-client.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';

const secret = `ghp_${'a1B2'.repeat(9)}`;
const redacts = { id: 'tokens', action: 'redact', when: { findings: 'github-token' } };
const asks = { id: 'sure', action: 'ask', message: 'Is this needed?', when: { model: 'gpt-4o' } };

async function withPolicy(policy: object): Promise<{ provider: FakeProvider; running: RunningAgent }> {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  const hosts = Object.fromEntries(hostsOfDialects.map((host) => [host, provider]));
  return { provider, running: await runAgent({ hosts, policy: { version: 1, ...policy }, settings: { processOwner: { budgetMs: 1000 } } }) };
}

/** A window that shows questions, and what it was told. */
async function openWindow(running: RunningAgent): Promise<{ client: ControlClient; opened: AskQuestion[]; closed: string[] }> {
  const client = await running.control();
  const opened: AskQuestion[] = [];
  const closed: string[] = [];
  client.on('ask.opened', (question) => opened.push(question));
  client.on('ask.closed', ({ id }) => closed.push(id));
  await client.call('watch', { asks: true });
  return { client, opened, closed };
}

async function firstOf(opened: readonly AskQuestion[]): Promise<AskQuestion> {
  await eventually(() => opened.length > 0, 'a question');
  const [question] = opened;
  if (!question) throw new Error('No question was opened.');
  return question;
}

const chat = (text: string) => inferenceCall('openai-chat', text);
const send = (running: RunningAgent, text: string) => call(running, chat(text).host, chat(text));

describe('a rule that asks', () => {
  it('lets the call wait, wants a justification, and sends it with the redactions of the rules above', async () => {
    const { provider, running } = await withPolicy({ rules: [redacts, asks] });
    const { client, opened, closed } = await openWindow(running);
    const answer = send(running, `the token is ${secret}`);
    const question = await firstOf(opened);
    expect(question).toMatchObject({
      rule: 'sure',
      message: 'Is this needed?',
      host: 'api.openai.com',
      model: 'gpt-4o',
      needsJustification: true,
      otherwise: 'block',
      findings: [{ detector: 'github-token', count: 1 }],
    });
    expect(provider.connections).toBe(0);
    await expect(client.call('ask.answer', { id: question.id, answer: 'allow', justification: ' ' })).rejects.toMatchObject({ code: 'control-bad-params' });
    await expect(client.call('ask.answer', { id: 'other', answer: 'allow' })).rejects.toMatchObject({ code: 'unknown-question' });
    await client.call('ask.answer', { id: question.id, answer: 'allow', justification: 'A test.' });
    expect((await answer).status).toBe(200);
    await eventually(() => closed.includes(question.id), 'the end of the question');
    const record = await running.onlyRecord();
    expect(record).toMatchObject({ id: question.id, outcome: 'redacted', decision: 'redact', rule: 'sure', redactions: 1 });
    expect(record.asked).toMatchObject({ answer: 'allow', by: 'user', justification: 'A test.' });
    await expect(client.call('ask.answer', { id: question.id, answer: 'block' })).rejects.toMatchObject({ code: 'unknown-question' });
  });

  it('answers in the shape of the vendor when the person says no', async () => {
    const { provider, running } = await withPolicy({ rules: [asks] });
    const { client, opened } = await openWindow(running);
    const answer = send(running, 'hello');
    await client.call('ask.answer', { id: (await firstOf(opened)).id, answer: 'block' });
    const { status, body } = await answer;
    expect(status).toBe(403);
    expect(JSON.parse(body.toString())).toMatchObject({ error: { message: expect.stringContaining('Is this needed?') as unknown } });
    expect(provider.connections).toBe(0);
    expect(await running.onlyRecord()).toMatchObject({ outcome: 'refused', decision: 'block', asked: { answer: 'block', by: 'user' } });
  });

  it.for(['allow', 'block'] as const)('acts as its otherwise, %s, at once when nobody can be asked', async (otherwise) => {
    const { running } = await withPolicy({ rules: [{ ...asks, ask: { otherwise } }] });
    const quiet = await running.control();
    await quiet.call('watch', {});
    expect((await send(running, 'hello')).status).toBe(otherwise === 'allow' ? 200 : 403);
    expect(await running.onlyRecord()).toMatchObject({ decision: otherwise, asked: { answer: otherwise, by: 'nobody', waitedMs: 0 } });
  });

  it('acts as its otherwise when the time is over', async () => {
    const { running } = await withPolicy({ rules: [{ ...asks, ask: { otherwise: 'allow', seconds: 5 } }] });
    const { opened, closed } = await openWindow(running);
    expect((await send(running, 'hello')).status).toBe(200);
    expect(closed).toEqual(opened.map(({ id }) => id));
    expect(await running.onlyRecord()).toMatchObject({ decision: 'allow', asked: { answer: 'allow', by: 'timeout' } });
  });

  it('closes the question when the client goes away, and shows open ones to a window that comes later', async () => {
    const { provider, running } = await withPolicy({ rules: [asks] });
    const { opened, closed } = await openWindow(running);
    const { host, path, headers, body } = chat('hello');
    const socket = await openTls(running, host);
    const text = String(body);
    const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    const question = await firstOf(opened);
    const later = await running.control();
    const snapshot = new Promise<readonly AskQuestion[]>((resolve) => later.on('snapshot', ({ questions }) => resolve(questions)));
    await later.call('watch', { asks: true });
    expect(await snapshot).toEqual([question]);
    socket.destroy();
    await eventually(() => closed.length === 1, 'the end of the question');
    const record = await running.onlyRecord();
    expect(record).toMatchObject({ id: question.id, outcome: 'client-aborted', rule: 'sure' });
    expect(record.asked).toBeUndefined();
    expect(provider.connections).toBe(0);
  });
});

describe('what left this machine', () => {
  it('is kept with found values masked and what was sent in their place', async () => {
    const { running } = await withPolicy({ rules: [redacts] });
    await send(running, `Grüße: ${secret}, "me@example.org"`);
    const { id } = await running.onlyRecord();
    const answer = await (await running.control()).call('content.get', { id });
    if (answer.kind !== 'kept') throw new Error(answer.reason);
    const pieces = answer.content.spans.flatMap((span) => span.pieces);
    expect(pieces.map(({ text, replacement }) => replacement ?? text).join('')).toContain('Grüße: [REDACTED:github-token], "••••••••••••••"');
    expect(pieces).toContainEqual({ text: '•'.repeat(secret.length), detector: 'github-token', replacement: '[REDACTED:github-token]' });
    expect(JSON.stringify(answer)).not.toContain(secret);
    expect(answer.content).toMatchObject({ clear: false, omitted: 0 });
  });

  it('is not kept where policy says so', async () => {
    const { running } = await withPolicy({ content: { keep: 'none' } });
    await send(running, 'hello');
    const { id } = await running.onlyRecord();
    const answer = await (await running.control()).call('content.get', { id });
    expect(answer).toEqual({ kind: 'absent', reason: expect.stringContaining('content.keep') as unknown });
  });
});

describe('a denied app', () => {
  it('is refused until it is approved again, and the decision is on the disk and in the log', async () => {
    const { running } = await withPolicy({});
    await send(running, 'hello');
    const app = (await running.onlyRecord()).peer?.app ?? '';
    const client = await running.control();
    expect(await client.call('apps.list', {})).toContainEqual(expect.objectContaining({ id: app, exchanges: 1, decision: 'pending' }));
    expect(await client.call('apps.decide', { app, decision: 'denied' })).toMatchObject({ decision: 'denied', decidedBy: 'user', exchanges: 1 });
    const refused = await send(running, 'hello');
    expect(refused.status).toBe(403);
    expect(refused.body.toString()).toContain('app-denied');
    const native = await call(running, 'api.openai.com', { path: '/v1/models' });
    expect(native.status).toBe(403);
    expect(JSON.parse(readFileSync(join(running.dataDir, 'app-decisions.json'), 'utf8'))).toEqual({ version: 1, apps: { [app]: 'denied' } });
    expect(await client.call('policy.try', { body: 'hello', app })).toMatchObject({ decision: 'block', rule: 'app-denied' });
    await client.call('apps.decide', { app, decision: 'approved' });
    expect((await send(running, 'hello')).status).toBe(200);
    expect((await running.rows(4)).map(({ record }) => record.rule)).toEqual([undefined, 'app-denied', 'app-denied', undefined]);
    expect((await client.call('audit.query', { kind: 'note', text: 'denied' })).length).toBeGreaterThan(0);
  });

  it('stays decided where policy has decided', async () => {
    const { running } = await withPolicy({ apps: { codex: 'denied' } });
    const client = await running.control();
    await expect(client.call('apps.decide', { app: 'codex', decision: 'approved' })).rejects.toMatchObject({ code: 'not-allowed' });
    expect(await client.call('apps.list', {})).toContainEqual(
      expect.objectContaining({ id: 'codex', name: 'Codex CLI', decision: 'denied', decidedBy: 'managed' }),
    );
  });
});

describe('the rights of the person at the screen', () => {
  it('are in the status and enforced', async () => {
    const { running } = await withPolicy({ user: { longestPauseMinutes: 5, quit: false, decideApps: false } });
    const client = await running.control();
    expect(running.agent.status().rights).toEqual({ mayPause: true, longestPauseMinutes: 5, mayQuit: false });
    await expect(client.call('agent.pause', { minutes: 6 })).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(client.call('agent.stop', {})).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(client.call('apps.decide', { app: 'x', decision: 'denied' })).rejects.toMatchObject({ code: 'not-allowed' });
    const { pausedUntil } = await client.call('agent.pause', { minutes: 5 });
    expect(pausedUntil).toBeGreaterThan(Date.now());
    expect((await client.call('agent.resume', {})).pausedUntil).toBeUndefined();
  });
});

describe('the policy', () => {
  it('names where each part comes from and is tried without sending anything', async () => {
    const { provider, running } = await withPolicy({ rules: [redacts, asks], content: { values: 'clear' } });
    const client = await running.control();
    const { origin, parts } = await client.call('policy.get', {});
    expect(origin).toBe('user');
    expect(parts).toContainEqual({ path: 'content.values', origin: 'user', value: 'clear' });
    expect(parts).toContainEqual({ path: 'content.keep', origin: 'default', value: 'memory' });
    const trial = await client.call('policy.try', { body: `send ${secret}` });
    expect(trial).toMatchObject({ recognised: 'openai-chat', decision: 'redact', rule: 'tokens', findings: [{ detector: 'github-token', count: 1 }] });
    expect(trial.trace.map(({ verdict }) => verdict)).toEqual(['matched', 'not-matched']);
    expect(trial.sent).toContain('[REDACTED:github-token]');
    expect(await client.call('policy.try', { body: 'x', host: 'example.org' })).toMatchObject({ recognised: 'not-ai', decision: 'tunnel' });
    expect(provider.connections).toBe(0);
  });
});

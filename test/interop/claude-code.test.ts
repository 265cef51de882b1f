// The Claude Code CLI from its npm package, non-interactive, behind the agent.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { startFakeGateway } from '../fakes/gateway.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import { startAgentUnderTest } from './agent-under-test.ts';
import type { AgentUnderTest, AgentUnderTestOptions } from './agent-under-test.ts';
import { runClient } from './client-process.ts';
import type { ClientResult } from './client-process.ts';

const cli = join(import.meta.dirname, '../../node_modules/.bin/claude');
const started: AgentUnderTest[] = [];
afterEach(async () => {
  for (const agent of started.splice(0)) await agent.stop();
});

async function startAgent(options: AgentUnderTestOptions): Promise<AgentUnderTest> {
  const agent = await startAgentUnderTest(options);
  started.push(agent);
  return agent;
}

/** What a user of an API key types; the switches only keep it from calling home on matters other than the prompt. */
function claude(agent: AgentUnderTest, ...args: readonly string[]): Promise<ClientResult> {
  const env = {
    ANTHROPIC_API_KEY: 'sk-ant-api03-interop-0000',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  return runClient(agent, cli, ['-p', ...args], { env, timeoutMs: 90_000 });
}

test('it is answered by the simulator', { timeout: 120_000 }, async () => {
  const agent = await startAgent({ targets: [] });
  const { code, stdout, stderr } = await claude(agent, 'hello from the command line');
  expect({ code, stdout: stdout.trim() }, stderr).toEqual({ code: 0, stdout: "This is Heimdall's simulator. You wrote: hello from the command line" });
  const record = await agent.recordOf(({ dialect }) => dialect === 'anthropic-messages');
  expect(record).toMatchObject({ outcome: 'forwarded', targetKind: 'simulator', stream: true, status: 200, host: 'api.anthropic.com', stopReason: 'end_turn' });
  expect(record.peer?.app).toBe('claude-code');
  expect(record.usage?.outputTokens).toBeGreaterThan(0);
});

test('it calls a tool, reads the file and hears what the simulator says of it', { timeout: 120_000 }, async () => {
  const agent = await startAgent({ targets: [] });
  const file = join(agent.dataDir, 'note.txt');
  writeFileSync(file, 'the secret of the bridge');
  const { code, stdout, stderr } = await claude(agent, '--allowedTools', 'Read', '--', `call tool Read with ${JSON.stringify({ file_path: file })}`);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/The tool answered: .*the secret of the bridge/s);
  await agent.recordOf(({ stopReason }) => stopReason === 'tool_use');
});

test('its own host receives its own credential and the bytes it sent', { timeout: 120_000 }, async () => {
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  const agent = await startAgent({ upstreams: { 'api.anthropic.com': provider } });
  const { code, stdout, stderr } = await claude(agent, 'hello');
  expect({ code, stdout: stdout.trim() }, stderr).toEqual({ code: 0, stdout: "This is Heimdall's simulator. You wrote: hello" });
  const request = provider.requests.find(({ path }) => path.startsWith('/v1/messages'));
  expect(request?.header('x-api-key') ?? request?.header('authorization')).toContain('sk-ant-api03-interop-0000');
  expect(request?.header('user-agent')).toMatch(/claude-cli/);
  expect(String(request?.body.length)).toBe(request?.header('content-length'));
  const record = await agent.recordOf(({ dialect }) => dialect === 'anthropic-messages');
  expect(record.bytesFromClient).toBe(request?.body.length);
  expect(request?.body.toString()).toContain('"hello"');
});

test('the gateway receives the virtual key in place of its credential', { timeout: 120_000 }, async () => {
  const gateway = await startFakeGateway({ virtualKeys: ['sk-bf-interop'] });
  onTestFinished(() => gateway.close());
  const agent = await startAgent({ targets: [{ id: 'central', kind: 'gateway', url: gateway.url, virtualKey: 'sk-bf-interop' }] });
  const { code, stdout, stderr } = await claude(agent, 'hello');
  expect({ code, stdout: stdout.trim() }, stderr).toEqual({ code: 0, stdout: "This is Heimdall's simulator. You wrote: hello" });
  const request = gateway.requests.find(({ path }) => path.startsWith('/anthropic/v1/messages'));
  expect(request?.header('x-bf-vk')).toBe('sk-bf-interop');
  expect(JSON.stringify(request?.headers)).not.toContain('sk-ant-api03-interop-0000');
  expect(request?.header('anthropic-beta')).toBeDefined();
});

test('a blocked prompt shows the words of the policy', { timeout: 120_000 }, async () => {
  const agent = await startAgent({
    targets: [],
    policy: 'version: 1\nrules:\n  - { id: no-keys, when: { findings: aws-access-key }, action: block, message: Cloud keys do not go to AI. }\n',
  });
  const { code, stdout, stderr } = await claude(agent, 'remember AKIAIOSFODNN7EXAMPLQ');
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain('Cloud keys do not go to AI.');
  await agent.recordOf(({ decision, rule }) => decision === 'block' && rule === 'no-keys');
});

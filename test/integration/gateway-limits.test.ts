import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeGateway } from '../fakes/gateway.ts';
import { jsonAnswer } from '../fakes/gateway-answers.ts';
import type { GatewayRefusal } from '../fakes/gateway-answers.ts';
import type { GatewayWire } from '../../src/contract/target.ts';
import { runAgent } from './running-agent.ts';
import type { RunningAgent } from './running-agent.ts';
import { ask, attemptsOf, chat, clientKey, modelServer } from './unified-client.ts';

const body = chat('hello', { model: 'openai/gpt-4o' });
const codes = ({ agent }: RunningAgent): readonly string[] => agent.status().warnings.map(({ code }) => code);

async function gateways() {
  const both = [await startFakeGateway(), await startFakeGateway()] as const;
  onTestFinished(async () => {
    await Promise.all(both.map((gateway) => gateway.close()));
  });
  const agent = await runAgent({
    targets: both.map(({ url }, index) => ({ id: ['first', 'second'][index] ?? '', kind: 'gateway' as const, url, virtualKey: 'sk-bf-test' })),
    settings: { virtualKeys: [clientKey] },
  });
  return { agent, first: both[0], second: both[1] };
}

describe('a gateway that refuses on its own account', () => {
  it.each<[GatewayRefusal, string]>([
    ['budget_exceeded', 'gateway-limit'],
    ['rate_limited', 'gateway-limit'],
    ['token_limited', 'gateway-limit'],
    ['upstream_credentials_exhausted', 'gateway-limit'],
    ['model_blocked', 'gateway-rejected'],
    ['access_blocked', 'gateway-rejected'],
    ['access_not_found', 'gateway-rejected'],
  ])('(%s) is passed over, and the warning %s stands until that gateway answers, not another', async (refuse, code) => {
    const { agent, first, second } = await gateways();
    first.behave({ refuse, retryAfter: '0' });
    expect((await ask(agent, { body })).status).toBe(200);
    const [row] = await agent.rows(1);
    expect(row?.record).toMatchObject({ outcome: 'forwarded', target: 'second', status: 200 });
    expect(attemptsOf(row)).toEqual(['first gateway-rejected', 'second 200']);
    expect(codes(agent)).toContain(code);
    expect(agent.agent.status().warnings.find((warning) => warning.code === code)?.text).toContain('first');
    // The second one's answer does not take it back; the first one's does.
    const control = await agent.control();
    await control.call('targets.drain', { target: 'first', drained: true });
    await ask(agent, { body });
    expect(codes(agent)).toContain(code);
    first.behave(undefined);
    await control.call('targets.drain', { target: 'first', drained: false });
    await control.call('targets.drain', { target: 'second', drained: true });
    const deadline = performance.now() + 10_000;
    while (first.requests.length < 2 && performance.now() < deadline) await ask(agent, { body: chat('hello', { model: 'anthropic/claude-sonnet-4-6' }) });
    expect(codes(agent)).not.toContain(code);
    expect(second.requests.length).toBeGreaterThan(1);
  });

  it("is the last word where no other is left, in the vendor's shape and with its Retry-After", async () => {
    const { agent, first, second } = await gateways();
    first.behave({ refuse: 'budget_exceeded' });
    second.behave({ refuse: 'rate_limited', retryAfter: '17' });
    const answer = await ask(agent, { body });
    expect(answer.status).toBe(402);
    expect(answer.body.toString()).toMatch(/budget_exceeded/);
    expect(attemptsOf((await agent.rows(1))[0])).toEqual(['first gateway-rejected', 'second gateway-rejected']);
    expect(codes(agent)).toContain('gateway-limit');
    expect(answer.body.toString()).not.toContain('sk-bf-test');
  });

  const own: readonly (readonly [GatewayWire, number, object])[] = [
    ['litellm', 400, { error: { message: 'Budget has been exceeded! Current cost: 1.2, Max budget: 1', type: 'budget_exceeded', param: null, code: '400' } }],
    ['litellm', 401, { error: { message: 'Authentication Error, key not found', type: 'token_not_found_in_db', param: 'key', code: '401' } }],
    ['litellm', 429, { error: { message: 'Max parallel request limit reached. Limit: 1', type: 'None', param: null, code: '429' } }],
    ['portkey', 412, { status: 'failure', message: 'usage limits reached' }],
  ];
  it.each(own)("speaks as %s does (%i): known for the gateway's own, and passed over", async (wire, status, document) => {
    const [refusing, answering] = [await modelServer(), await modelServer()];
    refusing.behave({ answer: jsonAnswer(status, document) });
    const agent = await runAgent({
      targets: [
        { id: 'first', kind: 'gateway', url: refusing.url, wire },
        { id: 'second', kind: 'gateway', url: answering.url, wire },
      ],
      settings: { virtualKeys: [clientKey] },
    });
    expect((await ask(agent, { body })).status).toBe(200);
    expect(attemptsOf((await agent.rows(1))[0])).toEqual(['first gateway-rejected', 'second 200']);
    expect(codes(agent).filter((code) => code.startsWith('gateway-'))).toHaveLength(1);
  });

  it('is told apart from the provider behind LiteLLM, whose error reaches the client as it is', async () => {
    const server = await modelServer();
    const document = {
      error: { message: 'litellm.BadRequestError: OpenAIException - no such thing', type: 'invalid_request_error', param: null, code: '400' },
    };
    server.behave({ answer: jsonAnswer(400, document) });
    const agent = await runAgent({ targets: [{ id: 'only', kind: 'gateway', url: server.url, wire: 'litellm' }], settings: { virtualKeys: [clientKey] } });
    const answer = await ask(agent, { body });
    expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([400, document]);
    expect(codes(agent)).toEqual([]);
  });
});

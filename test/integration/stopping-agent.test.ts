import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { runAgent } from './running-agent.ts';
import { ask, chat, clientKey, localTarget, modelServer, tally } from './unified-client.ts';

it('enters the calls that it cuts off when it stops, whether they were under way, in mid-stream or in a queue', async () => {
  const server = await modelServer();
  server.behave((_, index) => ({ gate: (chunk) => (index === 1 && chunk === 0 ? Promise.resolve() : new Promise(() => undefined)) }));
  const agent = await runAgent({ targets: [localTarget('only', server, { limits: { inFlight: 2 } })], settings: { virtualKeys: [clientKey] } });
  const calls = [ask(agent, { body: chat('under way') })];
  await eventually(() => server.calls.length === 1, 'the first to be under way');
  calls.push(ask(agent, { body: chat('streams', { stream: true }) }));
  await eventually(() => server.calls.length === 2, 'the second to be under way');
  calls.push(ask(agent, { body: chat('waits') }), ask(agent, { body: chat('waits too') }));
  const cutOff = Promise.all(calls.map((call) => call.catch(() => undefined)));
  await eventually(() => agent.agent.status().targets[0]?.waiting === 2, 'two to wait');
  await agent.close();
  await cutOff;
  const again = await runAgent({ folder: agent.folder });
  const rows = await (await again.control()).call('audit.query', {});
  expect(tally(rows.filter(({ record }) => record.kind === 'exchange').map(({ record }) => record.outcome))).toEqual({ 'client-aborted': 4 });
});

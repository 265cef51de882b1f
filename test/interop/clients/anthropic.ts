// The official `@anthropic-ai/sdk` package, as a user would write it. Prints what it got as one JSON document.
import Anthropic, { APIError } from '@anthropic-ai/sdk';

const baseURL = process.env['INTEROP_BASE_URL'];
const client = new Anthropic({ apiKey: 'sk-ant-api03-interop-0000', maxRetries: 0, ...(baseURL === undefined ? {} : { baseURL }) });
const content = process.env['INTEROP_PROMPT'] ?? 'hello — größer als “ASCII” 🙂';
const ask = (text: string) => ({ model: 'claude-sonnet-5', max_tokens: 20_000, messages: [{ role: 'user' as const, content: text }] });
const input_schema = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };

const tasks: Readonly<Record<string, () => Promise<unknown>>> = {
  plain: () => client.messages.create(ask(content)),
  stream: async () => {
    const types: string[] = [];
    const stream = client.messages.stream(ask(content));
    stream.on('streamEvent', (event) => types.push(event.type));
    return { message: await stream.finalMessage(), types };
  },
  abort: async () => {
    const stream = await client.messages.create({ ...ask('write 5000 words'), stream: true });
    let events = 0;
    for await (const event of stream) {
      events += Number(event.type !== 'message_stop');
      if (events === 5) stream.controller.abort();
    }
    return { events };
  },
  tool: async () => {
    const tools = [{ name: 'weather', input_schema }];
    const asked = await client.messages.stream({ ...ask('call tool weather with {"city":"Zürich"}'), tools }).finalMessage();
    const call = asked.content.find((block) => block.type === 'tool_use');
    if (call === undefined) throw new Error('no tool call');
    const result = { type: 'tool_result' as const, tool_use_id: call.id, content: 'sunny' };
    const messages = [
      ...ask('call tool weather').messages,
      { role: 'assistant' as const, content: asked.content },
      { role: 'user' as const, content: [result] },
    ];
    const told = await client.messages.create({ ...ask(''), messages, tools });
    return { call: { name: call.name, input: call.input }, told: told.content };
  },
  count: () => client.messages.countTokens({ model: 'claude-sonnet-5', messages: ask(content).messages }),
};

const task = tasks[process.argv[2] ?? ''];
if (task === undefined) throw new Error(`no task ${String(process.argv[2])}`);
const outcome = await task().catch((error: unknown) => {
  if (!(error instanceof APIError)) throw error;
  return { error: { name: error.constructor.name, status: error.status as unknown, message: error.message, type: error.type } };
});
process.stdout.write(JSON.stringify(outcome));

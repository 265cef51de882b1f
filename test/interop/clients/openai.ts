// The official `openai` package, as a user would write it. Prints what it got as one JSON document.
import OpenAI, { APIError } from 'openai';

const baseURL = process.env['INTEROP_BASE_URL'];
const client = new OpenAI({ apiKey: 'sk-proj-interop-0000', maxRetries: 0, ...(baseURL === undefined ? {} : { baseURL: `${baseURL}/v1` }) });
const model = 'gpt-5';
const content = process.env['INTEROP_PROMPT'] ?? 'hello — größer als “ASCII” 🙂';
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };

const tasks: Readonly<Record<string, () => Promise<unknown>>> = {
  chat: () => client.chat.completions.create({ model, messages: [{ role: 'user', content }] }),
  'chat-stream': async () => {
    const stream = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content }],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    return { text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), usage: chunks.at(-1)?.usage };
  },
  'chat-abort': async () => {
    const stream = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'write 5000 words' }], stream: true });
    let chunks = 0;
    for await (const chunk of stream) {
      chunks += chunk.choices.length;
      if (chunks === 5) stream.controller.abort();
    }
    return { chunks };
  },
  'chat-tool': async () => {
    const tool = { name: 'weather', description: 'weather', parameters, function: () => 'sunny' };
    const messages = [{ role: 'user' as const, content: 'call tool weather' }];
    const runner = client.chat.completions.runTools({ model, messages, tools: [{ type: 'function', function: tool }], stream: true });
    return { text: await runner.finalContent(), messages: runner.messages.length };
  },
  responses: () => client.responses.create({ model, input: content }),
  'responses-stream': async () => {
    const types: string[] = [];
    const stream = client.responses.stream({ model, input: content });
    stream.on('event', (event) => types.push(event.type));
    const { output_text, usage } = await stream.finalResponse();
    return { text: output_text, usage, types };
  },
  'responses-abort': async () => {
    const stream = await client.responses.create({ model, input: 'write 5000 words', stream: true });
    let events = 0;
    for await (const event of stream) {
      events += Number(event.type !== 'error');
      if (events === 6) stream.controller.abort();
    }
    return { events };
  },
  'responses-tool': async () => {
    const tools = [{ type: 'function' as const, name: 'weather', strict: true, parameters }];
    const asked = await client.responses.create({ model, input: 'call tool weather', tools });
    return asked.output;
  },
  embeddings: async () => {
    const model = 'text-embedding-3-small';
    const { data, usage } = await client.embeddings.create({ model, input: [content, 'second'], dimensions: 8 });
    const numbers = await client.embeddings.create({ model, input: [content, 'second'], dimensions: 8, encoding_format: 'float' });
    return { usage, decoded: data.map(({ embedding }) => [...embedding]), numbers: numbers.data.map(({ embedding }) => embedding) };
  },
};

const task = tasks[process.argv[2] ?? ''];
if (task === undefined) throw new Error(`no task ${String(process.argv[2])}`);
const outcome = await task().catch((error: unknown) => {
  if (!(error instanceof APIError)) throw error;
  return { error: { name: error.constructor.name, status: error.status as unknown, message: error.message, type: error.type, code: error.code } };
});
process.stdout.write(JSON.stringify(outcome));

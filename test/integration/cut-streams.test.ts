import { describe, expect, it } from 'vitest';
import { runAgent } from './running-agent.ts';
import { ask, clientKey, modelServer } from './unified-client.ts';

interface Case {
  readonly dialect: string;
  readonly path: string;
  readonly body: (model: string) => object;
  /** A whole answer; short, so that it can be cut everywhere. */
  readonly events: readonly string[];
  /** From this event on the answer's text is whole: what is missing then is form. */
  readonly wholeAfter: number;
  /** The dialect's own error, as its client reads it. */
  readonly error: RegExp;
}

const data = (document: object, name?: string): string => `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(document)}\n\n`;
const named = (document: { readonly type: string }): string => data(document, document.type);
const messages = [{ role: 'user', content: 'hello' }];

const cases: readonly Case[] = [
  {
    dialect: 'openai-chat',
    path: '/v1/chat/completions',
    body: (model) => ({ model, stream: true, messages }),
    events: [
      data({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }),
      data({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content: 'Hi ü' } }] }),
      data({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
      'data: [DONE]\n\n',
    ],
    wholeAfter: 2,
    error: /\n\ndata: (\{"error":.*\})\n\n$/s,
  },
  {
    dialect: 'openai-responses',
    path: '/v1/responses',
    body: (model) => ({ model, stream: true, input: 'hello' }),
    events: [
      named({ type: 'response.created', response: { id: 'r', object: 'response', status: 'in_progress', model: 'm', output: [] } } as { type: string }),
      named({ type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: 'Hi ü' } as { type: string }),
      named({ type: 'response.completed', response: { id: 'r', object: 'response', status: 'completed', model: 'm', output: [] } } as { type: string }),
    ],
    wholeAfter: 2,
    error: /\n\nevent: error\ndata: (\{"type":"error".*\})\n\n$/s,
  },
  {
    dialect: 'anthropic-messages',
    path: '/anthropic/v1/messages',
    body: (model) => ({ model, stream: true, max_tokens: 9, messages }),
    events: [
      named({ type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage: { input_tokens: 1 } } } as {
        type: string;
      }),
      named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi ü' } } as { type: string }),
      named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } } as { type: string }),
      named({ type: 'message_stop' }),
    ],
    wholeAfter: 2,
    error: /\n\nevent: error\ndata: (\{"type":"error".*\})\n\n$/s,
  },
  {
    dialect: 'gemini',
    path: '/genai/v1beta/models/MODEL:streamGenerateContent?alt=sse',
    body: () => ({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }),
    events: [
      data({ candidates: [{ content: { role: 'model', parts: [{ text: 'Hi ü' }] } }], modelVersion: 'm' }),
      data({ candidates: [{ content: { role: 'model', parts: [{ text: '!' }] }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 1 } }),
    ],
    wholeAfter: 1,
    error: /\n\ndata: (\{"error":.*\})\n\n$/s,
  },
];

const parallel = 32;

describe.each(cases)('a stream of $dialect, cut at every byte', ({ path, body, events, wholeAfter, error }) => {
  const stream = Buffer.from(events.join(''));
  const wholeFrom = Buffer.byteLength(events.slice(0, wholeAfter + 1).join('')) - 1;

  it.each(['end', 'destroy'] as const)('by its upstream (%s), is a prefix of it at the client, and ends in an error or in the open', async (how) => {
    const server = await modelServer();
    const cutOf = (text: string): number => Number(/cut-(\d+)-/.exec(text)?.[1] ?? Number.NaN);
    server.behave((request) => {
      const cut = cutOf(`${request.path} ${request.body.toString()}`);
      return {
        answer: { status: 200, headers: ['content-type', 'text/event-stream'], chunks: cut === 0 ? [] : [stream.subarray(0, cut)] },
        breakAfter: { chunks: 1, how },
      };
    });
    // A gateway takes every dialect.
    const agent = await runAgent({ targets: [{ id: 'only', kind: 'gateway', url: server.url }], settings: { virtualKeys: [clientKey] } });
    let next = 0;
    const failures: string[] = [];
    const client = async (): Promise<void> => {
      for (let cut = next++; cut < stream.length; cut = next++) {
        // A model of its own for each: one that has failed is left alone.
        const model = `cut-${cut}-`;
        const answer = await ask(agent, { path: path.replace('MODEL', model), body: body(model) });
        const told = judge(answer, cut);
        if (told !== undefined) failures.push(`${cut}: ${told}`);
      }
    };
    const judge = (answer: { status: number; body: Buffer; isBroken: boolean }, cut: number): string | undefined => {
      if (answer.status !== 200) return `status ${answer.status}`;
      const passed = answer.body.subarray(0, cut);
      if (!passed.equals(stream.subarray(0, passed.length))) return 'no prefix';
      const rest = answer.body.subarray(passed.length);
      if (rest.length === 0) return answer.isBroken || (how === 'end' && cut >= wholeFrom) ? undefined : 'a clean-looking end';
      const event = error.exec(rest.toString())?.[1];
      if (event === undefined) return `bytes that are no error: ${JSON.stringify(rest.toString())}`;
      return JSON.stringify(JSON.parse(event)).includes('Heimdall') ? undefined : 'an error without a name';
    };
    await Promise.all(Array.from({ length: parallel }, client));
    expect(failures).toEqual([]);
    expect(server.calls).toHaveLength(stream.length);
    const rows = await agent.rows(stream.length);
    expect(rows).toHaveLength(stream.length);
    const broken = rows.filter(({ record }) => record.error?.code === 'upstream-closed');
    expect(broken.length).toBeGreaterThanOrEqual(wholeFrom);
  });
});

// The traffic of the bench: a chat request of 0.9 kB, an answer of 1 kB, a stream of events that carry the time they were sent.

const system = 'You are a careful assistant inside a code editor. Answer briefly, show code where it helps, and say so when you are not certain. ';
const question =
  'Explain what the following function does and where it could fail: export function parse(text) { return JSON.parse(text).items.map((item) => item.id); } ';

const message = (stream: boolean): string =>
  JSON.stringify({
    model: 'gpt-4o-mini',
    stream,
    temperature: 0.2,
    messages: [
      { role: 'system', content: system.repeat(2) },
      { role: 'user', content: question.repeat(2) },
    ],
  });

/** The whole request as it goes over the wire. */
export function requestBytes(host: string, stream: boolean): Buffer {
  const body = message(stream);
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `Host: ${host}`,
    'Accept: application/json',
    'Content-Type: application/json',
    'User-Agent: OpenAI/JS 7.57.0',
    'Authorization: Bearer sk-bench-not-a-real-key',
    'X-Stainless-Lang: js',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export const answerBody = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [{ index: 0, message: { role: 'assistant', content: 'It parses JSON and collects the ids of its items. '.repeat(14) }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 152, completion_tokens: 164, total_tokens: 316, prompt_tokens_details: { cached_tokens: 0 } },
  }),
);

export const eventsPerStream = 20;
export const eventEveryMs = 5;

/** One event; `sent` is the monotonic clock of the machine in nanoseconds, which every process shares. */
export function eventText(sent: bigint): string {
  const chunk = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    model: 'gpt-4o-mini-2024-07-18',
    choices: [{ index: 0, delta: { content: ' word' } }],
  };
  return `data: ${JSON.stringify({ ...chunk, sent: String(sent) })}\n\n`;
}

export const lastEvents =
  'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":152,"completion_tokens":20,"total_tokens":172}}\n\ndata: [DONE]\n\n';

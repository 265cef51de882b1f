// One real call with an official SDK, run as a program of its own: it knows nothing of Heimdall but the environment it was given.
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

const prompt = 'Say hello to the bridge.';

/** Each client with a credential that Heimdall or the simulator has no use for. */
const calls: Readonly<Record<string, () => Promise<string>>> = {
  'openai-chat': async () => {
    const answer = await new OpenAI({ apiKey: 'demo' }).chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: prompt }] });
    return answer.choices[0]?.message.content ?? '';
  },
  'openai-responses-stream': async () => {
    const stream = new OpenAI({ apiKey: 'demo' }).responses.stream({ model: 'gpt-5', input: prompt });
    return (await stream.finalResponse()).output_text;
  },
  'anthropic-stream': async () => {
    const message = { model: 'claude-sonnet-4-6', max_tokens: 256, messages: [{ role: 'user' as const, content: prompt }] };
    return await new Anthropic({ apiKey: 'demo' }).messages.stream(message).finalText();
  },
  gemini: async () => {
    const answer = await new GoogleGenAI({ apiKey: 'demo' }).models.generateContent({ model: 'gemini-2.5-flash', contents: prompt });
    return answer.text ?? '';
  },
  'openai-secret': async () => {
    const content = 'Why does aws reject AKIAIOSFODNN7EXAMPLE?';
    const answer = await new OpenAI({ apiKey: 'demo' }).chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content }] });
    return answer.choices[0]?.message.content ?? '';
  },
  'anthropic-blocked': async () => {
    const message = { model: 'claude-opus-4-1', max_tokens: 64, messages: [{ role: 'user' as const, content: prompt }] };
    return await new Anthropic({ apiKey: 'demo' }).messages.create(message).then(
      () => 'not blocked',
      (error: unknown) => (error instanceof Anthropic.APIError ? `refused ${error.status ?? ''}: ${error.message}` : String(error)),
    );
  },
};

const call = calls[process.argv[2] ?? ''];
if (!call) throw new Error(`Unknown call; there are ${Object.keys(calls).join(', ')}.`);
process.stdout.write(`${await call()}\n`);

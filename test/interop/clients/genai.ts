// The official `@google/genai` package, as a user would write it. Prints what it got as one JSON document.
import { ApiError, GoogleGenAI, Type } from '@google/genai';

const baseUrl = process.env['INTEROP_BASE_URL'];
const client = new GoogleGenAI({ apiKey: 'AIzaInterop0000000000000000000000000000', ...(baseUrl === undefined ? {} : { httpOptions: { baseUrl } }) });
const model = 'gemini-3-flash';
const contents = process.env['INTEROP_PROMPT'] ?? 'hello — größer als “ASCII” 🙂';

const tasks: Readonly<Record<string, () => Promise<unknown>>> = {
  plain: async () => {
    const { text, usageMetadata, modelVersion } = await client.models.generateContent({ model, contents });
    return { text, usageMetadata, modelVersion };
  },
  stream: async () => {
    const pieces: string[] = [];
    let finish: string | undefined;
    for await (const piece of await client.models.generateContentStream({ model, contents })) {
      pieces.push(piece.text ?? '');
      finish = piece.candidates?.[0]?.finishReason;
    }
    return { text: pieces.join(''), pieces: pieces.length, finish };
  },
  abort: async () => {
    const abort = new AbortController();
    let pieces = 0;
    try {
      const config = { abortSignal: abort.signal };
      for await (const piece of await client.models.generateContentStream({ model, contents: 'write 5000 words', config })) {
        pieces += Number(piece.text !== undefined);
        if (pieces === 5) abort.abort();
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
    return { pieces };
  },
  tool: async () => {
    const declaration = { name: 'weather', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] } };
    const answer = await client.models.generateContent({ model, contents: 'call tool weather', config: { tools: [{ functionDeclarations: [declaration] }] } });
    return answer.functionCalls;
  },
};

const task = tasks[process.argv[2] ?? ''];
if (task === undefined) throw new Error(`no task ${String(process.argv[2])}`);
const outcome = await task().catch((error: unknown) => {
  if (!(error instanceof ApiError)) throw error;
  return { error: { name: error.name, status: error.status, message: error.message } };
});
process.stdout.write(JSON.stringify(outcome));

import { expect, test } from 'vitest';
import { gemini } from '../../../src/dialects/gemini.ts';
import { readFacts, refusesUnreadable } from './request-harness.ts';

const path = '/v1beta/models/gemini-2.5-flash:generateContent?key=secret';

test('contents, system instruction and tools are read', () => {
  const facts = readFacts(
    gemini,
    {
      systemInstruction: { role: 'user', parts: [{ text: 'Be kind.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'a' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }, { fileData: { fileUri: 'gs://x', mimeType: 'm' } }] },
        {
          parts: [
            { text: 'b', thought: true, thoughtSignature: 'S' },
            { functionCall: { id: 'i', name: 'f', args: { id: 'c' } }, thoughtSignature: 'S' },
          ],
          role: 'model',
        },
        { role: 'user', parts: [{ functionResponse: { id: 'i', name: 'f', response: { output: 'd' } } }] },
        { role: 'model', parts: [{ executableCode: { language: 'PYTHON', code: 'e' } }, { codeExecutionResult: { outcome: 'OUTCOME_OK', output: 'f' } }] },
      ],
      tools: [
        {
          functionDeclarations: [
            { name: 'f', description: 'Looks up.', parameters: { type: 'OBJECT', properties: { q: { type: 'STRING', description: 'query' } } } },
          ],
        },
        { googleSearch: {} },
      ],
      generationConfig: { responseMimeType: 'application/json', stopSequences: ['x'], responseSchema: { type: 'OBJECT', description: 'g' } },
      safetySettings: [{ category: 'HARM_CATEGORY_HATE_SPEECH', threshold: 'OFF' }],
    },
    path,
  );
  expect(facts).toEqual({
    model: 'gemini-2.5-flash',
    stream: false,
    tools: ['f'],
    texts: [
      'system: Be kind.',
      'user: a',
      'assistant: b',
      'assistant: id',
      'assistant: c',
      'tool: output',
      'tool: d',
      'assistant: e',
      'tool: f',
      'system: Looks up.',
      'system: query',
      'system: g',
    ],
  });
});

test('snake case is read like camel case', () => {
  const facts = readFacts(
    gemini,
    {
      system_instruction: { parts: { text: 'Be kind.' } },
      contents: [
        { parts: [{ function_call: { name: 'f', args: {} } }, { inline_data: { mime_type: 'm', data: 'AAAA' } }, { text: 'a', thought_signature: 'S' }] },
      ],
      tools: { function_declarations: [{ name: 'f' }] },
    },
    path,
  );
  expect(facts).toMatchObject({ tools: ['f'], texts: ['system: Be kind.', 'user: a'] });
});

test.each([
  ['/v1beta/models/gemini-2.5-flash:generateContent', 'gemini-2.5-flash', false],
  ['/v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse', 'gemini-2.5-pro', true],
  ['/v1beta/tunedModels/mine-123:generateContent', 'tunedModels/mine-123', false],
  ['/v1/projects/p/locations/us-central1/publishers/google/models/gemini-2.0-flash-001:streamGenerateContent', 'gemini-2.0-flash-001', true],
  ['/v1/projects/p/locations/l/endpoints/456:generateContent', 'endpoints/456', false],
  ['/v1beta/models/gemini%2D2.5:generateContent', 'gemini-2.5', false],
  ['/v1beta/models/%zz:generateContent', '%zz', false],
  ['/v1beta/models/a:generateContent?x=/models/b:streamGenerateContent', 'a', false],
])('the address %s names model and method', (address, model, stream) => {
  expect(readFacts(gemini, { contents: [], model: 'models/other' }, address)).toMatchObject({ model, stream });
});

test('Code Assist wraps the request and names the model in the body', () => {
  const body = {
    model: 'gemini-2.5-pro',
    project: 'p',
    user_prompt_id: 'u',
    request: { contents: [{ role: 'user', parts: [{ text: 'a' }] }], systemInstruction: { parts: [{ text: 'b' }] }, session_id: 's' },
  };
  expect(readFacts(gemini, body, '/v1internal:streamGenerateContent?alt=sse')).toEqual({
    model: 'gemini-2.5-pro',
    stream: true,
    tools: [],
    texts: ['user: a', 'system: b'],
  });
  expect(readFacts(gemini, { ...body, model: 'models/gemini-2.5-pro' }, '/v1internal:generateContent')).toMatchObject({
    model: 'gemini-2.5-pro',
    stream: false,
  });
});

test('unknown parts and unknown keys are not a hole', () => {
  expect(readFacts(gemini, { contents: [{ role: 'user', parts: [{ hologram: { caption: 'a' } }] }], novelty: 'b' }, path).texts).toEqual([
    'user: a',
    'user: b',
  ]);
});

test('what is not a JSON object is refused with the reason', () => {
  refusesUnreadable(gemini);
});

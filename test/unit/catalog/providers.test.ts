import { describe, expect, it } from 'vitest';
import { cannotCarry, keyHeaderOf, providerById, providers } from '../../../src/catalog/providers.ts';

const must = (id: string) => {
  const row = providerById(id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
};
const callable = providers.filter((row) => row.unread === undefined);

describe('the table of providers', () => {
  it('has every provider of Bifrost that has a public API, and no id twice', () => {
    const bifrost = [
      ...['openai', 'anthropic', 'azure', 'bedrock', 'bedrock-mantle', 'vertex', 'google', 'cohere', 'mistral', 'groq', 'cerebras', 'perplexity', 'xai'],
      ...['openrouter', 'fireworks', 'together', 'deepseek', 'huggingface', 'nebius', 'parasail', 'sambanova', 'ollama', 'vllm', 'sglang', 'lmstudio'],
      ...['replicate', 'elevenlabs', 'runway', 'runware', 'sarvam', 'wafer', 'opencode-zen', 'opencode-go'],
    ];
    const ids = providers.map(({ id }) => id);
    expect(bifrost.filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(callable.length).toBeGreaterThanOrEqual(24);
  });

  it.each(callable.map((row) => [row.id, row] as const))('%s can be called', (_id, row) => {
    expect(Object.keys(row.paths).length).toBeGreaterThan(0);
    for (const path of [...Object.values(row.paths), row.modelsPath ?? '/', row.probePath ?? '/']) expect(path).toMatch(/^\/[\w./{}:-]*$/);
    // Either the address is known, or the row says how to make it.
    expect((row.baseUrl === undefined) !== (row.needsUrl === undefined)).toBe(true);
    if (row.baseUrl !== undefined) {
      const url = new URL(row.baseUrl);
      expect(row.baseUrl.endsWith('/')).toBe(false);
      expect(url.protocol).toBe(row.isLocal ? 'http:' : 'https:');
      expect(url.hostname === '127.0.0.1').toBe(row.isLocal);
    }
    if (row.needsUrl !== undefined) expect(row.needsUrl).toContain('https://');
    expect([row.source, row.checked].every((text) => text !== '')).toBe(true);
  });

  it('says of the others why they cannot', () => {
    for (const row of providers.filter(({ unread }) => unread !== undefined)) {
      expect(row.paths).toEqual({});
      expect(cannotCarry(row, 'openai-chat', { fields: [] })).toBe(row.unread);
    }
  });

  it('names a model in the path for Gemini and nowhere else', () => {
    for (const row of callable)
      for (const [dialect, path] of Object.entries(row.paths))
        expect([row.id, dialect, path.includes('{model}:{method}')]).toEqual([row.id, dialect, dialect === 'gemini']);
  });

  it('knows how each dialect takes the key', () => {
    expect(keyHeaderOf(must('anthropic'), 'anthropic-messages')).toEqual({ header: 'x-api-key', scheme: undefined });
    expect(keyHeaderOf(must('anthropic'), 'openai-chat')).toEqual({ header: 'Authorization', scheme: 'Bearer' });
    expect(keyHeaderOf(must('google'), 'gemini')).toEqual({ header: 'x-goog-api-key', scheme: undefined });
    expect(keyHeaderOf(must('google'), 'openai-embeddings')).toEqual({ header: 'Authorization', scheme: 'Bearer' });
    expect(keyHeaderOf(must('azure'), 'openai-chat')).toEqual({ header: 'api-key', scheme: undefined });
  });

  it('names the version wherever Anthropic’s dialect is spoken', () => {
    const without = callable.filter((row) => row.paths['anthropic-messages'] !== undefined && row.fixedFor['anthropic-messages']?.[0] !== 'anthropic-version');
    expect(without.map(({ id }) => id)).toEqual([]);
  });
});

describe('what a provider cannot carry', () => {
  it('is named by its field', () => {
    expect(cannotCarry(must('anthropic'), 'openai-chat', { fields: ['model', 'messages', 'response_format', 'seed'] })).toBe(
      'Anthropic does not carry response_format in openai-chat',
    );
    expect(cannotCarry(must('groq'), 'openai-chat', { fields: ['logit_bias'] })).toContain('logit_bias');
    expect(cannotCarry(must('deepseek'), 'anthropic-messages', { fields: ['model', 'top_k'] })).toContain('top_k');
  });

  it('is nothing where the endpoint does what it is asked', () => {
    const usual = ['model', 'messages', 'stream', 'stream_options', 'temperature', 'top_p', 'max_tokens', 'tools', 'tool_choice', 'user', 'metadata'];
    for (const row of callable.filter(({ paths }) => paths['openai-chat'] !== undefined))
      expect(cannotCarry(row, 'openai-chat', { fields: usual })).toBeUndefined();
    expect(cannotCarry(must('openai'), 'openai-chat', { fields: ['response_format', 'seed', 'n', 'logprobs'] })).toBeUndefined();
    // The provider's own dialect lacks nothing.
    expect(cannotCarry(must('anthropic'), 'anthropic-messages', { fields: ['top_k', 'thinking', 'container'] })).toBeUndefined();
  });

  it('is a whole dialect where there is no path for it', () => {
    expect(cannotCarry(must('openai'), 'anthropic-messages', { fields: [] })).toBe('OpenAI does not speak anthropic-messages');
    expect(cannotCarry(must('anthropic'), 'openai-embeddings', { fields: [] })).toBe('Anthropic does not speak openai-embeddings');
  });
});

import { describe, expect, it } from 'vitest';
import { resolveModel } from '../../../src/catalog/models.ts';

const aliases = { fast: 'groq/llama-3.3-70b-versatile', best: 'fast', 'gpt-4o': 'azure/deployed' };
const providers = ['openai', 'anthropic', 'google', 'groq', 'azure', 'openrouter', 'together', 'xai', 'sglang'];

describe('a model’s name', () => {
  it.each([
    // alias, followed once
    ['fast', 'groq', 'llama-3.3-70b-versatile'],
    ['best', undefined, 'fast'],
    ['gpt-4o', 'azure', 'deployed'],
    ['toString', undefined, 'toString'],
    // a provider in use, by its id or by what others call it
    ['openai/gpt-4o', 'openai', 'gpt-4o'],
    ['gemini/gemini-2.5-pro', 'google', 'gemini-2.5-pro'],
    ['x-ai/grok-4', 'xai', 'grok-4'],
    ['together_ai/Qwen/Qwen3', 'together', 'Qwen/Qwen3'],
    ['sgl/x', 'sglang', 'x'],
    ['openrouter/anthropic/claude-sonnet-4.5', 'openrouter', 'anthropic/claude-sonnet-4.5'],
    ['Groq/x', 'groq', 'x'],
    // a maker that is no provider in use
    ['meta-llama/Llama-3.3-70B', undefined, 'meta-llama/Llama-3.3-70B'],
    ['mistral/mistral-large', undefined, 'mistral/mistral-large'],
    ['constructor/x', undefined, 'constructor/x'],
    ['/x', undefined, '/x'],
    ['openai/', undefined, 'openai/'],
    // bare names
    ['claude-sonnet-4-5', 'anthropic', 'claude-sonnet-4-5'],
    ['gpt-5', 'openai', 'gpt-5'],
    ['o3', 'openai', 'o3'],
    ['o4-mini', 'openai', 'o4-mini'],
    ['text-embedding-3-small', 'openai', 'text-embedding-3-small'],
    ['gemini-2.5-flash', 'google', 'gemini-2.5-flash'],
    ['mistral-large-latest', 'mistral', 'mistral-large-latest'],
    ['grok-4', 'xai', 'grok-4'],
    ['deepseek-chat', 'deepseek', 'deepseek-chat'],
    ['command-a-03-2025', 'cohere', 'command-a-03-2025'],
    ['gpt-oss-120b', undefined, 'gpt-oss-120b'],
    ['deepseek-r1-distill-llama-70b', undefined, 'deepseek-r1-distill-llama-70b'],
    ['olmo-2', undefined, 'olmo-2'],
    ['', undefined, ''],
  ])('%s means %s and %s', (name, provider, model) => {
    expect(resolveModel(name, { aliases, providers })).toEqual({ provider, model });
  });
});

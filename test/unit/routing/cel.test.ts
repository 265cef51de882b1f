import { describe, expect, it } from 'vitest';
import { AgentError } from '../../../src/contract/errors.ts';
import { compileCel } from '../../../src/routing/cel.ts';
import { localTime, routedCall } from './routed-call.ts';

type Facts = Parameters<typeof routedCall>[0];
const holds = (expression: string, facts?: Facts) => compileCel(expression, 'Route "r"')(routedCall(facts));
function refusal(expression: string): AgentError {
  try {
    compileCel(expression, 'Route "r"');
  } catch (error) {
    if (error instanceof AgentError) return error;
  }
  throw new Error('It was accepted');
}

describe('an expression', () => {
  it.each<[string, Facts, Facts]>([
    ['app == "claude-code"', { app: 'claude-code' }, { app: 'cursor' }],
    ['user == "ada"', { user: 'ada' }, {}],
    ['team == "research"', { team: 'research' }, {}],
    ['virtualKey == "ci"', { virtualKey: 'ci' }, {}],
    ['host.endsWith(".example")', { host: 'ai.example' }, {}],
    ['product == "OpenAI API"', {}, { product: 'Claude' }],
    ['dialect == "gemini"', { dialect: 'gemini' }, {}],
    ['provider in ["openai", "groq"]', { provider: 'groq' }, { provider: 'google' }],
    ['model.startsWith("gpt-")', { model: 'gpt-4o' }, {}],
    ['model.matches("^gpt-[0-9]")', { model: 'gpt-4o' }, { model: 'o3' }],
    ['stream', { stream: true }, {}],
    ['tools && !vision', { tools: true }, { tools: true, vision: true }],
    ['vision', { vision: true }, {}],
    ['json', { json: true }, {}],
    ['task == "agent" && estimatedTokens > 50000', { task: 'agent', estimatedTokens: 50_001 }, { task: 'agent', estimatedTokens: 50_000 }],
    ['estimatedTokens + maxOutputTokens > 1000', { estimatedTokens: 600, maxOutputTokens: 500 }, { estimatedTokens: 600 }],
    ['priority == "batch"', { priority: 'batch' }, {}],
    ['budgetUsed > 0.8', { budgetUsed: 0.81 }, { budgetUsed: 0.8 }],
    ['budgetUsed >= 1', { budgetUsed: 1 }, { budgetUsed: 0.99 }],
    ['hour >= 22 || hour < 6', { at: localTime('mon', '22:00') }, { at: localTime('mon', '21:59') }],
    ['day == "sun"', { at: localTime('sun', '00:00') }, { at: localTime('sat', '23:59') }],
    ['headers["x-team"] == "a"', { headers: { 'x-team': 'a' } }, { headers: { 'x-team': 'b' } }],
  ])('%s', (expression, holding, other) => {
    expect(holds(expression, holding)).toBe(true);
    expect(holds(expression, other)).toBe(false);
  });

  it('takes unknown facts for empty texts and 0', () => {
    expect(holds('app == "" && user == "" && team == "" && virtualKey == "" && provider == "" && model == "" && maxOutputTokens == 0')).toBe(true);
  });
});

describe('the headers of an expression', () => {
  it('are those that it names, and no others are read', () => {
    const asked: string[] = [];
    const holds = compileCel('headers["X-Team"] == "a" && headers.accept != "b" && (has(headers.x1) || "x-two" in headers)', 'Route "r"');
    const call = {
      ...routedCall(),
      header: (name: string) => {
        asked.push(name);
        return name === 'x-team' || name === 'x-two' ? 'a' : undefined;
      },
    };
    expect(holds(call)).toBe(true);
    expect(new Set(asked)).toEqual(new Set(['x-team', 'accept', 'x1', 'x-two']));
  });

  it('are not read at all by an expression that names none', () => {
    const call = {
      ...routedCall(),
      header: () => {
        throw new Error('It was read');
      },
    };
    expect(compileCel('!stream', 'Route "r"')(call)).toBe(true);
  });

  it('are empty texts where the call lacks them, unless the expression asks whether they are there', () => {
    expect(holds('headers["x-team"] == ""')).toBe(true);
    expect(holds('string(headers.team) == ""')).toBe(true);
    expect(holds('[["a"]].exists(list, list[0] == "a")')).toBe(true);
    expect(holds('"x-team" in headers')).toBe(false);
    expect(holds('has(headers.team)')).toBe(false);
    expect(holds('has(headers.team)', { headers: { team: '' } })).toBe(true);
    expect(holds('"x-team" in headers && headers["x-team"] == "a"', { headers: { 'x-team': 'a' } })).toBe(true);
    expect(holds('["a", "b"].exists(team, headers["x-team"] == team)', { headers: { 'x-team': 'b' } })).toBe(true);
  });

  it.each([
    ['size(headers) > 3', 6],
    ['headers.exists(name, name == "x")', 1],
    ['stream || headers == {"a": "b"}', 11],
    ['headers[app] == "x"', 1],
    ['app in headers', 1],
    ['[headers].size() == 1', 2],
  ])('can only be asked for by name: %s', (expression, column) => {
    expect(refusal(expression).message).toContain(`column ${column}: Headers can only be asked for by name`);
  });
});

describe('an expression that does not compile', () => {
  it.each([
    ['nope == 1', 'line 1, column 1: Unknown variable: nope\n  nope == 1\n  ^'],
    ['app ==', 'line 1, column 7: Unexpected token: EOF\n  app ==\n        ^'],
    ['stream && app == 1', 'line 1, column 11: no such overload: string == int\n  stream && app == 1\n            ^'],
    ['(\n  app == "x" &&\n\tteams == "a")', 'line 3, column 2: Unknown variable: teams\n  \tteams == "a")\n  \t^'],
    ['estimatedTokens', 'line 1, column 1: The result has to be true or false, and is of type int'],
    ['dyn(stream)', 'line 1, column 1: The result has to be true or false, and is of type dyn'],
  ])('is refused with its place: %s', (expression, message) => {
    const error = refusal(expression);
    expect(error.code).toBe('settings-invalid');
    expect(error.message).toContain(`Route "r", \`if\`, ${message}`);
  });
});

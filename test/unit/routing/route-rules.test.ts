import { describe, expect, it, vi } from 'vitest';
import { AgentError } from '../../../src/contract/errors.ts';
import { RouteConditions, RouteSettings } from '../../../src/contract/routing.ts';
import { compileRoutes } from '../../../src/routing/route-rules.ts';
import { localTime, routedCall } from './routed-call.ts';

type Facts = Parameters<typeof routedCall>[0];
const route = (settings: object, id = 'r') => RouteSettings.parse({ id, use: 'target', ...settings });
const holds = (when: object, facts?: Facts) => compileRoutes([route({ when })])(routedCall(facts)) === 0;

const conditions: readonly (readonly [string, object, Facts, Facts])[] = [
  ['app', { app: 'Claude-*' }, { app: 'claude-Code' }, { app: 'cursor' }],
  ['host', { host: ['*.example', 'ai.test'] }, { host: 'AI.test' }, {}],
  ['provider', { provider: 'openai' }, { provider: 'OpenAI' }, {}],
  ['product', { product: 'claude*' }, { product: 'Claude Code' }, {}],
  ['model', { model: 'gpt-4*' }, { model: 'GPT-4o' }, { model: 'o3' }],
  ['dialect', { dialect: 'gemini' }, { dialect: 'gemini' }, {}],
  ['user', { user: ['ada', 'grace'] }, { user: 'Grace' }, { user: 'alan' }],
  ['team', { team: 'research' }, { team: 'Research' }, {}],
  ['virtualKey', { virtualKey: 'ci-*' }, { virtualKey: 'ci-1' }, { virtualKey: 'desk' }],
  ['task', { task: 'agent' }, { task: 'agent' }, {}],
  ['task', { task: ['vision', 'batch'] }, { task: 'batch' }, {}],
  ['header', { header: { 'X-Team': 'Res*' } }, { headers: { 'x-team': 'research' } }, { headers: { 'x-team': 'sales' } }],
  ['header', { header: { 'x-team': 'a', 'x-kind': 'b' } }, { headers: { 'x-team': 'a', 'x-kind': 'B' } }, { headers: { 'x-team': 'a', 'x-kind': 'c' } }],
  ['header', { header: { 'x-team': '*' } }, { headers: { 'x-team': '' } }, {}],
  ['estimatedTokens', { estimatedTokens: { from: 50 } }, { estimatedTokens: 50 }, { estimatedTokens: 49 }],
  ['estimatedTokens', { estimatedTokens: { below: 50 } }, { estimatedTokens: 49 }, { estimatedTokens: 50 }],
  ['budgetUsed', { budgetUsed: { from: 0.8, below: 1 } }, { budgetUsed: 0.8 }, { budgetUsed: 1 }],
  ['time', { time: { from: '08:30', to: '17:00' } }, { at: localTime('mon', '08:30') }, { at: localTime('mon', '17:00') }],
  ['time', { time: { from: '08:30' } }, { at: localTime('mon', '23:59') }, { at: localTime('mon', '08:29') }],
  ['time', { time: { to: '08:30' } }, { at: localTime('mon', '00:00') }, { at: localTime('mon', '08:30') }],
  ['time', { time: { from: '22:00', to: '06:00' } }, { at: localTime('mon', '22:00') }, { at: localTime('mon', '21:59') }],
  ['time', { time: { from: '22:00', to: '06:00' } }, { at: localTime('mon', '05:59') }, { at: localTime('mon', '06:00') }],
  ['time', { time: { from: '08:00', to: '08:00' } }, { at: localTime('mon', '08:00') }, undefined],
  ['time', { time: { from: '08:00', to: '08:00', days: ['fri'] } }, { at: localTime('sat', '07:59') }, { at: localTime('fri', '07:59') }],
  ['time', { time: { days: ['sat', 'sun'] } }, { at: localTime('sun', '12:00') }, { at: localTime('mon', '00:00') }],
  ['time', { time: { from: '22:00', to: '06:00', days: ['fri'] } }, { at: localTime('sat', '05:59') }, { at: localTime('fri', '05:59') }],
  ['time', { time: { from: '22:00', to: '06:00', days: ['sun'] } }, { at: new Date(2026, 0, 12, 3).getTime() }, { at: localTime('mon', '03:00') - 86_400_000 }],
  ['time', { time: { from: '08:00', to: '10:00', days: ['fri'] } }, { at: localTime('fri', '09:00') }, { at: localTime('sat', '09:00') }],
];

describe('the condition', () => {
  it.each(conditions)('%s %j', (_, when, holding, other) => {
    expect(holds(when, holding)).toBe(true);
    if (other !== undefined) expect(holds(when, other)).toBe(false);
  });

  it('is tested here, whichever the settings know', () => {
    expect(new Set(conditions.map(([name]) => name))).toEqual(new Set(Object.keys(RouteConditions.shape)));
  });

  it('holds only together with the others', () => {
    const when = { app: 'cursor', model: 'gpt-*', estimatedTokens: { below: 10 } };
    const call = { app: 'cursor', model: 'gpt-4o', estimatedTokens: 5 };
    expect(holds(when, call)).toBe(true);
    for (const fact of [{ app: 'codex' }, { model: 'o3' }, { estimatedTokens: 10 }]) expect(holds(when, { ...call, ...fact })).toBe(false);
  });

  it('on an unknown fact holds for `*` alone', () => {
    expect(holds({ user: '*' })).toBe(true);
    expect(holds({ user: '*a*' })).toBe(false);
  });
});

describe('routes', () => {
  it('are read from above: the first that holds is taken', () => {
    const find = compileRoutes([route({ when: { app: 'cursor' } }), route({ when: { app: 'c*' } }), route({})]);
    expect(['cursor', 'codex', 'zed'].map((app) => find(routedCall({ app })))).toEqual([0, 1, 2]);
  });

  it('may be none, or none that holds', () => {
    expect(compileRoutes([])(routedCall())).toBe(-1);
    expect(compileRoutes([route({ when: { app: 'cursor' } })])(routedCall())).toBe(-1);
  });

  it('need `if` to hold beside `when`', () => {
    const find = compileRoutes([route({ when: { app: 'cursor' }, if: 'stream' })]);
    expect(find(routedCall({ app: 'cursor', stream: true }))).toBe(0);
    expect(find(routedCall({ app: 'cursor' }))).toBe(-1);
    expect(find(routedCall({ stream: true }))).toBe(-1);
  });

  it('are refused with the name of the one whose `if` does not compile', () => {
    const compile = () => compileRoutes([route({}), route({ if: 'appp == "x"' }, 'night')]);
    expect(compile).toThrow(AgentError);
    expect(compile).toThrow('Route "night", `if`, line 1, column 1: Unknown variable: appp');
  });

  it('go on to the next where an `if` cannot be evaluated, and say so once', () => {
    const failed = vi.fn();
    const find = compileRoutes([route({ if: '100 / maxOutputTokens > 1' }, 'broken'), route({ if: 'model.matches("(")' }, 'pattern'), route({})], failed);
    expect(find(routedCall())).toBe(2);
    expect(find(routedCall())).toBe(2);
    expect(failed.mock.calls.map(([id]: unknown[]) => id)).toEqual(['broken', 'pattern']);
    expect(String(failed.mock.calls[0]?.[1])).toContain('division by zero');
    expect(find(routedCall({ maxOutputTokens: 10 }))).toBe(0);
    expect(compileRoutes([route({ if: '1 / maxOutputTokens > 1' })])(routedCall())).toBe(-1);
  });
});

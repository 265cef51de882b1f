import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planAnswer } from '../../../src/simulator/plan.ts';
import type { Conversation } from '../../../src/simulator/plan.ts';

const body = Buffer.from('{"some":"request"}');
const weather = {
  name: 'weather',
  schema: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 3 } }, required: ['city', 'days'] },
};
const other = { name: 'other', schema: undefined };
const base: Conversation = {
  model: 'm',
  stream: false,
  userText: 'hello',
  toolResult: undefined,
  tools: [],
  toolChoice: 'auto',
  maxTokens: undefined,
  answerSchema: undefined,
};
const plan = (changes: Partial<Conversation>) => planAnswer({ ...base, ...changes }, body);

describe('text', () => {
  test('says who answers and repeats what was written', () => {
    expect(plan({}).output).toMatchObject({ kind: 'text', text: "This is Heimdall's simulator. You wrote: hello" });
    expect(plan({})).toMatchObject({ stop: 'end', inputTokens: 5 });
  });

  test('repeats only a bounded piece and splits no character', () => {
    const { output } = plan({ userText: '🙂'.repeat(10_000) });
    expect(Buffer.byteLength(output.text)).toBeLessThan(300);
    expect(output.text).not.toContain('\ufffd');
    expect(output.text.endsWith('🙂…')).toBe(true);
  });

  test('pieces joined are the text, whatever was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (userText, maxTokens) => {
        const { output, outputTokens } = plan({ userText, maxTokens });
        expect(output.pieces.join('')).toBe(output.text);
        expect(outputTokens).toBeLessThanOrEqual(maxTokens);
      }),
    );
  });

  test('stops at max tokens and says so', () => {
    const cut = plan({ maxTokens: 3 });
    expect(cut).toMatchObject({ stop: 'length', outputTokens: 3, output: { text: 'This is Heim' } });
    expect(plan({ maxTokens: 100 }).stop).toBe('end');
  });

  test('writes as many words as it is asked for', () => {
    const { output } = plan({ userText: 'Please write 500 words about nothing' });
    expect(output.text.split(' ')).toHaveLength(500);
    expect(output.pieces).toHaveLength(500);
  });
});

describe('tools', () => {
  test('a named tool is called with arguments that fit its schema', () => {
    expect(plan({ userText: 'please call tool weather now', tools: [other, weather] })).toMatchObject({
      stop: 'tool',
      output: { kind: 'tool', name: 'weather', arguments: { city: 'simulated', days: 3 } },
    });
  });

  test('arguments can be dictated', () => {
    const { output } = plan({ userText: 'call tool weather with {"city": "Oslo {x}"}', tools: [weather] });
    expect(output).toMatchObject({ arguments: { city: 'Oslo {x}' }, text: '{"city":"Oslo {x}"}' });
  });

  test('a forced choice calls without being asked, a forbidden one never', () => {
    expect(plan({ tools: [weather, other], toolChoice: 'required' }).output).toMatchObject({ name: 'weather' });
    expect(plan({ tools: [weather, other], toolChoice: { name: 'other' } }).output).toMatchObject({ name: 'other', arguments: {} });
    expect(plan({ tools: [weather, other], toolChoice: 'required', userText: 'call tool other' }).output).toMatchObject({ name: 'other' });
    expect(plan({ tools: [weather], toolChoice: 'none', userText: 'call tool weather' }).output.kind).toBe('text');
  });

  test('a tool that is not offered is not called', () => {
    expect(plan({ userText: 'call tool weather', tools: [other] }).output.kind).toBe('text');
    expect(plan({ toolChoice: { name: 'weather' }, tools: [other] }).output.kind).toBe('text');
  });

  test('after a result it speaks of the result and calls nothing', () => {
    const { output } = plan({ userText: 'call tool weather', tools: [weather], toolChoice: 'required', toolResult: '21 degrees' });
    expect(output).toMatchObject({ kind: 'text', text: "This is Heimdall's simulator. The tool answered: 21 degrees" });
  });

  test('a call that does not fit max tokens is not begun', () => {
    expect(plan({ userText: 'call tool weather', tools: [weather], maxTokens: 2 })).toMatchObject({ stop: 'length', output: { kind: 'text' } });
  });
});

test('a structured answer fits its schema; any JSON means an object', () => {
  expect(JSON.parse(plan({ answerSchema: weather.schema }).output.text)).toEqual({ city: 'simulated', days: 3 });
  expect(JSON.parse(plan({ answerSchema: {} }).output.text)).toHaveProperty('answer');
});

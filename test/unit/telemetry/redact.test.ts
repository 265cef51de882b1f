import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/telemetry/redact.ts';

const redactor = createRedactor('/home/ann');
const clean = (fields: Record<string, unknown>): string => JSON.stringify(redactor.fields(fields));

describe('the redactor', () => {
  test.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'x-api-key',
    'x-goog-api-key',
    'cookie',
    'Set-Cookie',
    'x-bf-vk',
    'virtualKey',
    'password',
    'api_key',
    'token',
  ])('writes no value of a field named %s, at any depth', (name) => {
    expect(clean({ [name]: 's3cret' })).not.toContain('s3cret');
    expect(clean({ request: { headers: { [name]: 's3cret' } } })).not.toContain('s3cret');
    expect(clean({ list: [{ [name]: ['s3cret'] }] })).not.toContain('s3cret');
  });

  test.each(['prompt', 'messages', 'content', 'body', 'text'])('writes no prompt text from a field named %s', (name) => {
    expect(clean({ [name]: 'our plans for March' })).not.toContain('plans');
    expect(clean({ [name]: [{ role: 'user', part: 'our plans for March' }] })).not.toContain('plans');
  });

  test.each([
    'Bearer abcdefghijkl',
    'Basic dXNlcjpwYXNz',
    'sk-proj-abcdefghijklmnop',
    'sk-ant-api03-abcdefghijklmnop',
    'sk-bf-abcdefghijklmnop',
    'AIzaSyA1234567890abcdefghijk',
    'AKIAIOSFODNN7EXAMPLE',
    'ghp_abcdefghijklmnopqrstuvwx',
    'xoxb-1234567890-abc',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdef',
  ])('takes %s out of running text', (secret) => {
    expect(redactor.text(`it said ${secret} and went on`)).toBe('it said [redacted] and went on');
  });

  test('writes the home directory as ~ and leaves a neighbour with a longer name alone', () => {
    expect(redactor.text('/home/ann/.config and /home/annette/x')).toBe('~/.config and /home/annette/x');
    expect(createRedactor('C:\\Users\\ann').text('C:\\Users\\ann\\AppData and C:/Users/ann/x')).toBe('~\\AppData and ~/x');
  });

  test('keeps what is not secret: numbers, codes, hosts', () => {
    expect(redactor.fields({ code: 'port-busy', port: 7465, host: 'api.openai.com', tokens: 12, body: 1024, ok: true })).toEqual({
      code: 'port-busy',
      port: 7465,
      host: 'api.openai.com',
      tokens: 12,
      body: 1024,
      ok: true,
    });
  });

  test('redacts the message, the stack and the cause of an error', () => {
    const error = new Error('GET https://x.example/?key=s3cret', { cause: new Error('Bearer s3cretvalue at /home/ann/x') });
    const written = clean({ error });
    expect(written).not.toContain('s3cret');
    expect(written).not.toContain('/home/ann');
    expect(written).toContain('x.example');
  });

  test('shortens long text without letting a credential at the cut through', () => {
    const text = redactor.text(`${'x '.repeat(995)}Bearer abcdefghijklmnopqrstuvwxyz0123456789${' y'.repeat(4000)}`);
    expect(text.length).toBeLessThanOrEqual(2_001);
    expect(text).not.toContain('abcdef');
  });

  test('survives rings, bytes, deep nests and odd values', () => {
    const ring: Record<string, unknown> = { bytes: Buffer.from('s3cret'), when: new Date(0), big: 10n, call: () => 1, map: new Map([['a', 's3cret']]) };
    ring['self'] = ring;
    expect(clean(ring)).not.toContain('s3cret');
    expect(clean(ring)).toContain('[6 bytes]');
  });
});

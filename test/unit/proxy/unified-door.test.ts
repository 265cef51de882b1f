import { describe, expect, it } from 'vitest';
import type { VirtualKeySettings } from '../../../src/contract/budget.ts';
import { dialectOf } from '../../../src/dialects/registry.ts';
import { headerValue } from '../../../src/proxy/headers.ts';
import { enterDoor } from '../../../src/proxy/unified-door.ts';
import type { DoorEntry, DoorRules, PresentedKey } from '../../../src/proxy/unified-door.ts';

const key: VirtualKeySettings = { id: 'my-app', team: 'search' };
const rules: DoorRules = {
  enabled: true,
  port: 7465,
  findKey: (headers, query): PresentedKey => {
    const presented = headerValue(headers, 'authorization')?.replace('Bearer ', '') ?? new URLSearchParams(query).get('key') ?? undefined;
    if (presented === undefined) return { kind: 'none' };
    if (presented === 'old') return { kind: 'expired' };
    return presented === 'good' ? { kind: 'key', settings: key } : { kind: 'unknown' };
  },
};

const good = ['Authorization', 'Bearer good'];

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly host?: readonly string[];
  readonly headers?: readonly string[];
}

function enter(
  { method = 'POST', path = '/v1/chat/completions', host = ['Host', '127.0.0.1:7465'], headers = good }: Asked = {},
  changes: Partial<DoorRules> = {},
): DoorEntry {
  return enterDoor({ method, scheme: 'http', host: '', port: 0, path, headers: [...host, ...headers], httpVersion: '1.1' }, { ...rules, ...changes });
}

/** The status of a refusal, else the kind. */
function outcome(entry: DoorEntry): number | string {
  return entry.kind === 'refused' || entry.kind === 'unsupported' ? entry.refusal.status : entry.kind;
}

describe('the door', () => {
  it('lets a call with a key of this device in, with the key’s settings and a surface of its own', () => {
    expect(enter()).toEqual({
      kind: 'call',
      dialect: 'openai-chat',
      key,
      path: '/v1/chat/completions',
      surface: { provider: 'unified', product: 'Unified API', pattern: '/v1', kind: 'api', handling: 'intercept', forward: 'route' },
    });
    expect(enter({ path: '/anthropic/v1/messages?beta=true' })).toMatchObject({
      dialect: 'anthropic-messages',
      path: '/v1/messages?beta=true',
      surface: { pattern: '/anthropic' },
    });
    expect(enter({ path: '/openai/v1/embeddings' })).toMatchObject({ dialect: 'openai-embeddings', surface: { pattern: '/openai' } });
  });

  it('leaves every path that is not its own to the pages, and all of them while it is shut', () => {
    expect(enter({ path: '/proxy.pac' })).toEqual({ kind: 'none' });
    expect(enter({}, { enabled: false })).toEqual({ kind: 'none' });
  });

  it('lists models to the holder of a key', () => {
    expect(enter({ method: 'GET', path: '/v1/models/groq/llama' })).toEqual({ kind: 'models', shape: 'openai', model: 'groq/llama', key });
    expect(outcome(enter({ method: 'GET', path: '/v1/models', headers: [] }))).toBe(401);
  });

  it('answers what it does not have in the shape of the vendor', () => {
    expect(enter({ path: '/anthropic/v1/messages/count_tokens' })).toMatchObject({
      kind: 'unsupported',
      dialect: 'anthropic-messages',
      refusal: { status: 404, code: 'bad-request' },
    });
    expect(enter({ path: '/genai/v1beta/models/m:countTokens' })).toMatchObject({ kind: 'unsupported', dialect: 'gemini' });
    expect(enter({ path: '/v1/completions' })).toMatchObject({ kind: 'unsupported', dialect: 'openai-chat' });
  });
});

describe('a key', () => {
  it.each([
    ['none', [], /heimdall keys create my-app/],
    ['unknown', ['Authorization', 'Bearer sk-proj-1'], /no virtual key of this device.*heimdall keys create/],
    ['expired', ['Authorization', 'Bearer old'], /has expired.*heimdall keys create/],
  ] as const)('that is %s is refused with what to do about it', (_what, headers, message) => {
    for (const path of ['/v1/responses', '/anthropic/v1/messages', '/genai/v1beta/models/m:generateContent']) {
      const entry = enter({ path, headers });
      if (entry.kind !== 'refused') throw new Error(entry.kind);
      expect(entry.refusal).toMatchObject({ status: 401, code: 'key-required', message: expect.stringMatching(message) as string });
      const answer = dialectOf(entry.dialect).refuse(entry.refusal);
      expect([answer.status, answer.body.toString()]).toEqual([401, expect.stringContaining('heimdall keys create my-app')]);
    }
  });

  it('in the query counts for Gemini alone', () => {
    expect(enter({ path: '/genai/v1beta/models/m:generateContent?key=good&alt=sse', headers: [] })).toMatchObject({
      kind: 'call',
      path: '/v1beta/models/m:generateContent?alt=sse',
    });
    expect(outcome(enter({ path: '/v1/chat/completions?key=good', headers: [] }))).toBe(401);
    expect(outcome(enter({ path: '/anthropic/v1/messages?key=good', headers: [] }))).toBe(401);
  });
});

describe('a web page', () => {
  it.each(['127.0.0.1:7465', '[::1]:7465', 'localhost:7465', 'LOCALHOST:7465'])('is not what calls this port %s', (name) => {
    expect(outcome(enter({ host: ['host', name] }))).toBe('call');
  });

  it.each([
    'evil.example:7465',
    'evil.example',
    'localhost.evil.example:7465',
    '127.0.0.1.nip.io:7465',
    'localhost.:7465',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.0.0.1:74650',
    '127.0.0.1:7465.evil.example',
    '127.1:7465',
    '0.0.0.0:7465',
    '[::]:7465',
    '[::ffff:127.0.0.1]:7465',
    'user@127.0.0.1:7465',
    '127.0.0.1:7465, evil.example',
    ' 127.0.0.1:7465',
    '',
  ])('under the name %j is refused, whatever key it brings', (name) => {
    const entry = enter({ host: ['Host', name] });
    expect(entry).toMatchObject({ kind: 'refused', refusal: { status: 403, code: 'address-refused' } });
  });

  it('cannot hide behind a second Host, and a request without one is refused', () => {
    expect(outcome(enter({ host: ['Host', '127.0.0.1:7465', 'Host', 'evil.example'] }))).toBe(403);
    expect(outcome(enter({ host: [] }))).toBe(403);
  });

  it('takes the port 80 of an address without one', () => {
    expect(outcome(enter({ host: ['Host', 'localhost'] }, { port: 80 }))).toBe('call');
  });

  it.each([
    'https://evil.example',
    'http://localhost:3000',
    'http://127.0.0.1:7465',
    'HTTPS://evil.example',
    'null',
    '',
    'evil.example',
    'http://tauri.localhost',
  ])('from the origin %j is refused, also with a key', (origin) => {
    expect(outcome(enter({ headers: ['Origin', origin, ...good] }))).toBe(403);
    expect(outcome(enter({ headers: [...good, 'Origin', 'app://obsidian.md', 'ORIGIN', origin] }))).toBe(403);
  });

  it.each(['cross-site', 'same-site', 'CROSS-SITE', ''])('that its browser calls %j is refused without any origin', (site) => {
    expect(outcome(enter({ method: 'GET', path: '/v1/models', headers: ['Sec-Fetch-Site', site, ...good] }))).toBe(403);
  });

  it('is not what a desktop app or a person at the address bar is taken for', () => {
    for (const origin of ['app://obsidian.md', 'vscode-file://vscode-app', 'capacitor-electron://-'])
      expect(outcome(enter({ headers: ['Origin', origin, ...good] }))).toBe('call');
    expect(outcome(enter({ method: 'GET', path: '/v1/models', headers: ['Sec-Fetch-Site', 'none', ...good] }))).toBe('models');
  });

  it('gets no leave from a preflight: no answer to it has a header of CORS', () => {
    const preflight = [
      'Origin',
      'http://localhost:3000',
      'Access-Control-Request-Method',
      'POST',
      'Access-Control-Request-Headers',
      'authorization',
      'Sec-Fetch-Site',
      'same-site',
    ];
    for (const headers of [preflight, [], good]) {
      const entry = enter({ method: 'OPTIONS', headers });
      if (entry.kind !== 'refused' && entry.kind !== 'unsupported') throw new Error(entry.kind);
      expect([403, 405]).toContain(entry.refusal.status);
      expect(dialectOf(entry.dialect).refuse(entry.refusal).headers.join().toLowerCase()).not.toContain('access-control');
    }
  });

  it('learns nothing of keys: it is refused before the key is looked at', () => {
    const findKey = (): never => {
      throw new Error('looked at');
    };
    expect(outcome(enter({ headers: ['Origin', 'https://evil.example', ...good] }, { findKey }))).toBe(403);
    expect(outcome(enter({ path: '/v1/completions' }, { findKey }))).toBe(404);
  });
});

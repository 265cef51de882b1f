import { expect, it } from 'vitest';
import { headerValue } from '../../../src/proxy/headers.ts';
import { metricsPage, metricsText } from '../../../src/proxy/metrics-page.ts';

const port = 7465;
const access = { enabled: true, token: 'open-sesame' };
const good = ['Host', `127.0.0.1:${port}`, 'Authorization', 'Bearer open-sesame'];

function answer(headers: readonly string[], method = 'GET', allowed: { enabled: boolean; token: string | undefined } = access): number | 'text' {
  const page = metricsPage({ method, headers }, allowed, port);
  return page === 'text' ? page : page.status;
}

it.each([`127.0.0.1:${port}`, `localhost:${port}`, `LocalHost:${port}`, `[::1]:${port}`])(
  'gives the text to a program that has the token and asks %s',
  (host) => {
    expect(answer(['Host', host, 'authorization', 'bearer open-sesame'])).toBe('text');
  },
);

it('is not there while it is off, token or not', () => {
  expect(answer(good, 'GET', { ...access, enabled: false })).toBe(404);
});

it.each([
  ['no token', []],
  ['another token', ['Authorization', 'Bearer open-sesamf']],
  ['the beginning of it', ['Authorization', 'Bearer open']],
  ['an empty one', ['Authorization', 'Bearer ']],
  ['another scheme', ['Authorization', 'Basic open-sesame']],
  ['the token in another header', ['X-Api-Key', 'open-sesame']],
])('refuses %s and says what is needed', (_, headers) => {
  const page = metricsPage({ method: 'GET', headers: ['Host', `127.0.0.1:${port}`, ...headers] }, access, port);
  expect(page).toMatchObject({ status: 401 });
  if (page !== 'text') expect(headerValue(page.headers, 'www-authenticate')).toBe('Bearer');
});

it.each([undefined, ''])('lets nobody in while the token is %j', (token) => {
  expect(answer(good, 'GET', { enabled: true, token })).toBe(401);
  expect(answer(['Host', `127.0.0.1:${port}`, 'Authorization', 'Bearer '], 'GET', { enabled: true, token })).toBe(401);
});

it.each([
  ['a page of any origin', [...good, 'Origin', `http://127.0.0.1:${port}`]],
  ['a sandboxed page', [...good, 'Origin', 'null']],
  ['a name that was made to resolve to this machine', ['Host', `evil.example:${port}`, ...good.slice(2)]],
  ['a name that only begins well', ['Host', `127.0.0.1.evil.example:${port}`, ...good.slice(2)]],
  ['another port', ['Host', '127.0.0.1:80', ...good.slice(2)]],
  ['no port', ['Host', '127.0.0.1', ...good.slice(2)]],
  ['two hosts', [...good, 'Host', 'evil.example']],
  ['no host', good.slice(2)],
])('refuses %s although the token is right', (_, headers) => {
  expect(answer(headers)).toBe(403);
});

it('answers nothing but GET and HEAD', () => {
  expect(answer(good, 'POST')).toBe(405);
  expect(answer(good, 'HEAD')).toBe('text');
});

it('sends the text with its type and length, and lets nobody keep it', () => {
  const page = metricsText({ contentType: 'text/plain; version=0.0.4', body: 'añb 1\n' });
  expect(page.status).toBe(200);
  expect(headerValue(page.headers, 'content-length')).toBe('7');
  expect(headerValue(page.headers, 'cache-control')).toBe('no-store');
  expect(page.body.toString()).toBe('añb 1\n');
});

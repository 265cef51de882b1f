import { describe, expect, it } from 'vitest';
import type { RequestHead } from '../../../src/contract/exchange.ts';
import type { GatewayTarget } from '../../../src/contract/target.ts';
import { headerValue } from '../../../src/proxy/headers.ts';
import { gatewayCall, originCall } from '../../../src/proxy/outgoing.ts';
import type { OutgoingBody } from '../../../src/proxy/outgoing.ts';
import { version } from '../../../src/contract/version.ts';
import { ClientDouble, GivenBody } from './exchange-doubles.ts';

const whole = (text: string): OutgoingBody => ({ kind: 'whole', bytes: Buffer.from(text) });
function origin(head: Partial<RequestHead>, body: OutgoingBody | 'streamed' | 'empty', more: { expectsContinue?: boolean; wantsUpgrade?: boolean } = {}) {
  const source = new GivenBody(body === 'empty');
  const down = Object.assign(new ClientDouble(head, source), more);
  return originCall(down, typeof body === 'string' ? { kind: 'streamed', source } : body);
}
const host = ['Host', 'api.openai.com'];

describe('the framing of a request to the origin', () => {
  it.each([
    ['with its length, whole', [...host, 'Content-Length', '2'], whole('ab'), 'plain', [...host, 'Content-Length', '2']],
    ['with its length in other words', [...host, 'content-length', '2', 'A', '1'], whole('abcd'), 'plain', [...host, 'content-length', '4', 'A', '1']],
    ['chunked, whole', [...host, 'transfer-encoding', 'chunked', 'A', '1'], whole('ab'), 'chunked', [...host, 'transfer-encoding', 'chunked', 'A', '1']],
    ['chunked, whole and empty', [...host, 'Transfer-Encoding', 'chunked'], whole(''), 'chunked', [...host, 'Transfer-Encoding', 'chunked']],
    ['without any body', host, whole(''), 'none', host],
    ['of length nought', [...host, 'Content-Length', '0'], whole(''), 'none', [...host, 'Content-Length', '0']],
    ['with its length, streamed', [...host, 'Content-Length', '2'], 'streamed', 'plain', [...host, 'Content-Length', '2']],
    ['chunked, streamed', [...host, 'Transfer-Encoding', 'chunked'], 'streamed', 'chunked', [...host, 'Transfer-Encoding', 'chunked']],
    ['empty, streamed', host, 'empty', 'none', host],
  ] as const)('%s', (_what, headers, body, framing, expected) => {
    expect(origin({ headers }, body).request).toMatchObject({ framing, headers: expected });
  });

  it.each([
    ['without a length is chunked for HTTP/1.1', ['a', '1'], 'streamed', 'chunked', ['Host', 'api.openai.com', 'a', '1', 'Transfer-Encoding', 'chunked']],
    ['with a length is plain', ['content-length', '2'], 'streamed', 'plain', ['Host', 'api.openai.com', 'content-length', '2']],
    ['whole has its length', ['a', '1'], whole('ab'), 'plain', ['Host', 'api.openai.com', 'a', '1', 'Content-Length', '2']],
    ['empty has none', ['a', '1'], 'empty', 'none', ['Host', 'api.openai.com', 'a', '1']],
  ] as const)('that came over HTTP/2 %s', (_what, headers, body, framing, expected) => {
    const call = origin({ headers, httpVersion: '2' }, body);
    expect(call.request).toMatchObject({ framing, headers: expected });
    expect(call.offerHttp2).toBe(true);
  });
});

describe('a request to the origin', () => {
  it('keeps its own credential, method, path and headers in order', () => {
    const headers = [...host, 'Authorization', 'Bearer x', 'X-A', '1', 'x-a', '2', 'Content-Length', '2'];
    const call = origin({ method: 'PATCH', path: '/v1/x?key=1', headers }, whole('ab'));
    expect(call.request).toEqual({ method: 'PATCH', path: '/v1/x?key=1', headers, framing: 'plain', isUpgrade: false });
    expect(call).toMatchObject({
      authority: 'api.openai.com',
      destination: { scheme: 'https', host: 'api.openai.com', port: 443, isTrusted: false },
      offerHttp2: false,
    });
    expect(call.firstBytes?.toString()).toBe('ab');
  });

  it('says its port where that is not the usual one', () => {
    expect(origin({ headers: [], httpVersion: '2', port: 8443 }, 'empty').authority).toBe('api.openai.com:8443');
    expect(origin({ headers: [], httpVersion: '2', host: '2606:4700::1' }, 'empty').authority).toBe('[2606:4700::1]');
  });

  it('keeps an expectation that nobody has met yet, and drops one that was', () => {
    const headers = [...host, 'Expect', '100-continue', 'Content-Length', '2'];
    expect(headerValue(origin({ headers }, 'streamed', { expectsContinue: true }).request.headers, 'expect')).toBe('100-continue');
    expect(headerValue(origin({ headers }, whole('ab'), { expectsContinue: true }).request.headers, 'expect')).toBeUndefined();
  });

  it('that asks for an upgrade keeps asking', () => {
    const headers = [...host, 'Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Key', 'x', 'TE', 'trailers'];
    expect(origin({ method: 'GET', headers }, 'empty', { wantsUpgrade: true }).request).toMatchObject({
      isUpgrade: true,
      framing: 'none',
      headers: headers.slice(0, 8),
    });
  });
});

describe('a request to a gateway', () => {
  const path = '/v1/chat/completions';
  const target: GatewayTarget = { id: 'gw', kind: 'gateway', url: new URL('https://gw.example:8443/base/'), virtualKey: 'vk-1', wire: 'bifrost', headers: [] };
  const down = new ClientDouble({ headers: [...host, 'Authorization', 'Bearer sk-secret', 'Accept', '*/*', 'Content-Length', '2', 'X-BF-VK', 'spoofed'] });
  const call = gatewayCall(down, whole('ab'), target, { dialect: 'openai-chat', app: 'curl', path });

  it('goes to the gateway, on the path of its dialect below the base', () => {
    expect(call).toMatchObject({ authority: 'gw.example:8443', destination: { scheme: 'https', host: 'gw.example', port: 8443, isTrusted: true } });
    expect(call.request.path).toBe('/base/openai/v1/chat/completions');
  });

  it('carries the virtual key in place of every other credential, and says who sends it', () => {
    expect(call.request.headers).toEqual([
      ...['Host', 'gw.example:8443', 'Accept', '*/*', 'Content-Length', '2'],
      ...['x-bf-vk', 'vk-1', 'X-Bifrost-Agent', `heimdall/${version}`, 'X-Bf-App', 'curl'],
    ]);
  });

  it('cannot be stripped of them by naming them in Connection; what the client names of its own goes', () => {
    const names = 'x-bf-vk, x-bifrost-agent, x-bf-app, content-encoding, x-hop';
    const headers = [...host, 'Connection', names, 'X-Hop', '1', 'Content-Encoding', 'gzip', 'Content-Length', '2'];
    expect(gatewayCall(new ClientDouble({ headers }), whole('ab'), target, { dialect: 'openai-chat', app: 'curl', path }).request.headers).toEqual([
      ...['Host', 'gw.example:8443', 'Content-Encoding', 'gzip', 'Content-Length', '2'],
      ...['x-bf-vk', 'vk-1', 'X-Bifrost-Agent', `heimdall/${version}`, 'X-Bf-App', 'curl'],
    ]);
  });

  it('keeps a chunked body chunked', () => {
    const headers = [...host, 'Connection', 'transfer-encoding', 'Transfer-Encoding', 'chunked'];
    const { request } = gatewayCall(new ClientDouble({ headers }), whole('ab'), target, { dialect: 'openai-chat', app: undefined, path });
    expect(request.framing).toBe('chunked');
    expect(request.headers.slice(0, 4)).toEqual(['Host', 'gw.example:8443', 'Transfer-Encoding', 'chunked']);
  });

  it.each([
    ['http://gw.example', 'http', 80],
    ['https://gw.example', 'https', 443],
    ['http://[::1]:8080', 'http', 8080],
  ] as const)('at %s connects there', (url, scheme, port) => {
    const { destination } = gatewayCall(down, whole('ab'), { ...target, url: new URL(url) }, { dialect: 'openai-chat', app: undefined, path });
    expect([destination.scheme, destination.port, destination.host.includes('[')]).toEqual([scheme, port, false]);
  });
});

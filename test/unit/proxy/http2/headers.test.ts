import { describe, expect, it } from 'vitest';
import { toHttp2Headers, toHttp2Record } from '../../../../src/proxy/http2/headers.ts';

describe('headers for HTTP/2', () => {
  it('are in lower case, in order, with duplicates, without Host and what belongs to one hop', () => {
    const headers = [
      'Host',
      'a',
      'X-B',
      '1',
      'Connection',
      'X-Mine, close',
      'x-mine',
      'gone',
      'x-b',
      '2',
      'Transfer-Encoding',
      'chunked',
      'TE',
      'trailers',
      'Keep-Alive',
      '5',
      'HTTP2-Settings',
      'x',
      'Upgrade',
      'h2c',
      'Z',
      '',
    ];
    expect(toHttp2Headers(headers)).toEqual(['x-b', '1', 'x-b', '2', 'z', '']);
  });

  it('as a record keep repeated names', () => {
    expect(toHttp2Record(['A', '1', 'a', '2', 'B', '3', 'a', '4'])).toEqual({ a: ['1', '2', '4'], b: '3' });
  });
});

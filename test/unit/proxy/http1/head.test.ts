import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequestHead, parseResponseHead, writeHead } from '../../../../src/proxy/http1/head.ts';

const request = (...lines: string[]) => parseRequestHead(lines.join('\r\n'));
const get = (line: string) => request('GET / HTTP/1.1', line);

describe('a request head', () => {
  it('keeps order, case and duplicates of its header lines', () => {
    expect(request('PoST /a?b=c#d HTTP/1.1', 'Host: a', 'x-B:  two  words\t', 'X-b:', 'Accept:a:b')).toEqual({
      method: 'PoST',
      target: '/a?b=c#d',
      version: '1.1',
      headers: ['Host', 'a', 'x-B', 'two  words', 'X-b', '', 'Accept', 'a:b'],
    });
  });

  it('keeps the bytes of values beyond ASCII', () => {
    expect(get('X: caf\xc3\xa9 \xff').headers).toEqual(['X', 'caf\xc3\xa9 \xff']);
  });

  it.each([
    ['HTTP/0.9', 'GET /'],
    ['HTTP/1.2', 'GET / HTTP/1.2'],
    ['HTTP/2.0', 'GET / HTTP/2.0'],
    ['a lower-case version', 'GET / http/1.1'],
    ['a version with a sign', 'GET / HTTP/+1.1'],
    ['two spaces', 'GET  / HTTP/1.1'],
    ['a tab for a space', 'GET\t/ HTTP/1.1'],
    ['a space at the end', 'GET / HTTP/1.1 '],
    ['a space in the target', 'GET /a b HTTP/1.1'],
    ['no method', ' / HTTP/1.1'],
    ['no target', 'GET  HTTP/1.1'],
    ['a method with a colon', 'GE:T / HTTP/1.1'],
    ['a control character in the target', 'GET /\x01 HTTP/1.1'],
    ['a byte beyond ASCII in the target', 'GET /\xe9 HTTP/1.1'],
    ['NUL in the target', 'GET /\0 HTTP/1.1'],
    ['DEL in the target', 'GET /\x7f HTTP/1.1'],
    ['a bare CR in the target', 'GET /\r HTTP/1.1'],
    ['a bare LF in the line', 'GET / HTTP/1.1\nHost: evil'],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0'],
  ])('with %s is refused', (_what, line) => {
    expect(() => request(line)).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
  });

  it.each([
    ['obs-fold', ' folded'],
    ['a tab fold', '\tfolded'],
    ['space before the colon', 'Host : a'],
    ['tab before the colon', 'Host\t: a'],
    ['no colon', 'Host'],
    ['no name', ': a'],
    ['a name in brackets', '[Host]: a'],
    ['a name beyond ASCII', 'Hös\xe9t: a'],
    ['NUL in the name', 'Ho\0st: a'],
    ['NUL in the value', 'Host: a\0'],
    ['a bare CR in the value', 'X: a\rContent-Length: 5'],
    ['a bare LF in the value', 'X: a\nContent-Length: 5'],
    ['a vertical tab around the value', 'Transfer-Encoding: \x0bchunked'],
    ['a form feed around the value', 'Transfer-Encoding: chunked\x0c'],
    ['backspace', 'X: \x08'],
    ['DEL', 'X: \x7f'],
    ['an empty line', ''],
  ])('with %s in a header line is refused', (_what, line) => {
    expect(() => get(line)).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
  });

  it('takes 256 header lines and not one more', () => {
    const lines = Array.from({ length: 256 }, (_, i) => `X-${i}: 1`);
    expect(request('GET / HTTP/1.1', ...lines).headers).toHaveLength(512);
    expect(() => request('GET / HTTP/1.1', ...lines, 'X: 1')).toThrow('more than 256');
  });

  it('never says what the value of a refused header was', () => {
    expect(() => get('Authorization: Bearer sk-secret\x01')).toThrow(/^(?!.*sk-secret).*$/);
  });

  it('written and read again is the same', () => {
    const name = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}$/);
    const value = fc.stringMatching(/^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]{0,20}[\x21-\x7e\x80-\xff])?)?$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (pairs) => {
        const headers = pairs.flat();
        const bytes = writeHead('GET / HTTP/1.1', headers).toString('latin1');
        expect(bytes.endsWith('\r\n\r\n')).toBe(true);
        expect(parseRequestHead(bytes.slice(0, -4)).headers).toEqual(headers);
      }),
    );
  });

  it('is read or refused, and nothing else, whatever the text', () => {
    const text = fc.string({ unit: fc.constantFrom('G', ' ', '/', ':', '\r\n', '\r', '\n', '\0', 'a', '\t', 'HTTP/1.1', 'é'), maxLength: 30 });
    fc.assert(
      fc.property(text, (head) => {
        try {
          for (const part of parseRequestHead(head).headers) expect(part).not.toMatch(/[\r\n\0]/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-request' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a response head', () => {
  it.each([
    ['HTTP/1.1 200 OK', { status: 200, reason: 'OK', version: '1.1' }],
    ['HTTP/1.0 404 Not Found', { status: 404, reason: 'Not Found', version: '1.0' }],
    ['HTTP/1.1 200 ', { status: 200, reason: '', version: '1.1' }],
    ['HTTP/1.1 200', { status: 200, reason: '', version: '1.1' }],
    ['HTTP/1.1 599 \xe9t\xe9', { status: 599, reason: '\xe9t\xe9', version: '1.1' }],
  ])('%s is read', (line, expected) => {
    expect(parseResponseHead(`${line}\r\nA: b`)).toEqual({ ...expected, headers: ['A', 'b'] });
  });

  it.each([
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 020 OK',
    'HTTP/1.2 200 OK',
    'HTTP/2 200',
    'ICY 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 +20 OK',
    'HTTP/1.1 200\tOK',
    '',
  ])('%j is refused', (line) => {
    expect(() => parseResponseHead(line)).toThrow(expect.objectContaining({ code: 'upstream-protocol' }) as Error);
  });
});

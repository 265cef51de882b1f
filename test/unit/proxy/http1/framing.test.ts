import { describe, expect, it } from 'vitest';
import { requestFraming, responseFraming } from '../../../../src/proxy/http1/framing.ts';

const refused = (code: string) => expect.objectContaining({ code }) as Error;

describe('the framing of a request', () => {
  it.each([
    ['nothing', [], { kind: 'none' }],
    ['a length', ['Content-Length', '12'], { kind: 'length', length: 12 }],
    ['a length of nought', ['content-length', '0'], { kind: 'none' }],
    ['leading noughts', ['Content-Length', '0012'], { kind: 'length', length: 12 }],
    ['chunked', ['Transfer-Encoding', 'chunked'], { kind: 'chunked' }],
    ['chunked in capitals', ['TRANSFER-ENCODING', 'CHUNKED'], { kind: 'chunked' }],
  ] as const)('follows %s', (_what, headers, framing) => {
    expect(requestFraming('1.1', headers)).toEqual(framing);
  });

  it.each([
    ['CL.TE', ['Content-Length', '6', 'Transfer-Encoding', 'chunked']],
    ['TE.CL', ['Transfer-Encoding', 'chunked', 'Content-Length', '4']],
    ['TE.TE with identity', ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'identity']],
    ['TE.TE twice chunked', ['Transfer-Encoding', 'chunked', 'transfer-encoding', 'chunked']],
    ['a list', ['Transfer-Encoding', 'chunked, identity']],
    ['gzip, chunked', ['Transfer-Encoding', 'gzip, chunked']],
    ['xchunked', ['Transfer-Encoding', 'xchunked']],
    ['chunkedx', ['Transfer-Encoding', 'chunkedx']],
    ['quoted', ['Transfer-Encoding', '"chunked"']],
    ['a parameter', ['Transfer-Encoding', 'chunked;q=1']],
    ['an empty coding', ['Transfer-Encoding', '']],
    ['a comma', ['Transfer-Encoding', 'chunked,']],
    ['identity', ['Transfer-Encoding', 'identity']],
    ['two lengths', ['Content-Length', '5', 'Content-Length', '6']],
    ['the same length twice', ['Content-Length', '5', 'content-length', '5']],
    ['a list of lengths', ['Content-Length', '5, 5']],
    ['a sign', ['Content-Length', '+5']],
    ['minus', ['Content-Length', '-5']],
    ['hex', ['Content-Length', '0x5']],
    ['a point', ['Content-Length', '5.0']],
    ['an exponent', ['Content-Length', '5e0']],
    ['an underscore', ['Content-Length', '1_0']],
    ['a space within', ['Content-Length', '1 0']],
    ['nothing', ['Content-Length', '']],
    ['other digits', ['Content-Length', '\u0665']],
    ['more than a number holds', ['Content-Length', '9'.repeat(16)]],
  ])('refuses %s', (_what, headers) => {
    expect(() => requestFraming('1.1', headers)).toThrow(refused('bad-request'));
  });

  it('refuses chunked in HTTP/1.0', () => {
    expect(() => requestFraming('1.0', ['Transfer-Encoding', 'chunked'])).toThrow(refused('bad-request'));
  });
});

describe('the framing of an answer', () => {
  it.each([
    ['HEAD', 200, ['Content-Length', '5'], { kind: 'none' }],
    ['GET', 204, [], { kind: 'none' }],
    ['GET', 304, ['Content-Length', '5'], { kind: 'none' }],
    ['GET', 103, ['Content-Length', '5'], { kind: 'none' }],
    ['GET', 200, [], { kind: 'until-close' }],
    ['GET', 200, ['Content-Length', '5'], { kind: 'length', length: 5 }],
    ['GET', 200, ['Content-Length', '0'], { kind: 'none' }],
    ['GET', 200, ['Content-Length', '00'], { kind: 'none' }],
    ['GET', 200, ['Content-Length', '5', 'Content-Length', '5'], { kind: 'length', length: 5 }],
    ['GET', 200, ['Transfer-Encoding', 'Chunked'], { kind: 'chunked' }],
  ] as const)('to %s with %i and %j', (method, status, headers, framing) => {
    expect(responseFraming(method, status, headers)).toEqual(framing);
  });

  it.each([
    [['Content-Length', '5', 'Transfer-Encoding', 'chunked']],
    [['Content-Length', '5', 'Content-Length', '6']],
    [['Content-Length', '5, 5']],
    [['Content-Length', '-1']],
    [['Transfer-Encoding', 'gzip, chunked']],
    [['Transfer-Encoding', 'gzip']],
    [['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
  ])('refuses %j', (headers) => {
    expect(() => responseFraming('GET', 200, headers)).toThrow(refused('upstream-protocol'));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasOption, headerValue, headerValues, withHeader, withoutHeaders, withoutHopByHop } from '../../../src/proxy/headers.ts';

const list = ['Host', 'a', 'X-B', '1', 'x-b', '2', 'Accept', '*/*'];

describe('a header list', () => {
  it('is searched whatever the case', () => {
    expect(headerValue(list, 'x-b')).toBe('1');
    expect(headerValues(list, 'x-b')).toEqual(['1', '2']);
    expect(headerValue(list, 'x')).toBeUndefined();
    expect(headerValues(list, 'b')).toEqual([]);
  });

  it('never mistakes a value for a name', () => {
    expect(headerValue(['A', 'host', 'host', 'b'], 'host')).toBe('b');
    expect(withoutHeaders(['A', 'host', 'host', 'b'], (name) => name === 'host')).toEqual(['A', 'host']);
    expect(withHeader(['A', 'host'], 'host', 'x')).toEqual(['A', 'host', 'host', 'x']);
  });

  it('is edited where a header stands, or at its end, and never itself changed', () => {
    const before = [...list];
    expect(withHeader(list, 'x-B', '9')).toEqual(['Host', 'a', 'X-B', '9', 'x-b', '2', 'Accept', '*/*']);
    expect(withHeader(list, 'New', 'n')).toEqual([...list, 'New', 'n']);
    expect(list).toEqual(before);
  });

  it('has an option only where it stands whole', () => {
    expect(hasOption(['Connection', 'keep-alive, Upgrade'], 'connection', 'upgrade')).toBe(true);
    expect(hasOption(['connection', 'x', 'Connection', ' UPGRADE '], 'connection', 'upgrade')).toBe(true);
    expect(hasOption(['Connection', 'upgraded, no-upgrade'], 'connection', 'upgrade')).toBe(false);
  });
});

describe('the headers of one hop', () => {
  it('go, fixed and named ones, and the rest stays in place', () => {
    const headers = [
      'Host',
      'a',
      'Connection',
      'close, X-Mine',
      'X-Mine',
      '1',
      'TE',
      'trailers',
      'Keep-Alive',
      '5',
      'Proxy-Authorization',
      'Basic x',
      'proxy-connection',
      'k',
      'Upgrade',
      'h2c',
      'B',
      '2',
    ];
    expect(withoutHopByHop(headers)).toEqual(['Host', 'a', 'B', '2']);
  });

  it('stay where the next hop is framed or upgraded alike', () => {
    const headers = ['Transfer-Encoding', 'chunked', 'Connection', 'Upgrade', 'Upgrade', 'websocket'];
    expect(withoutHopByHop(headers, new Set(['transfer-encoding']))).toEqual(['Transfer-Encoding', 'chunked']);
    expect(withoutHopByHop(headers, new Set(['connection', 'upgrade']))).toEqual(['Connection', 'Upgrade', 'Upgrade', 'websocket']);
  });

  it.each(['Host', 'Content-Length', 'Content-Type', 'Authorization', 'Cookie'])('cannot take %s away by naming it', (name) => {
    expect(withoutHopByHop([name, 'kept', 'Connection', `${name}, close`])).toEqual([name, 'kept']);
  });

  it('are never found in what is left', () => {
    const name = fc.constantFrom('A', 'B', 'connection', 'Connection', 'TE', 'Upgrade', 'Keep-Alive');
    const value = fc.constantFrom('a', 'close', 'a, b', 'B ,close', '', ',');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const named = new Set(
          pairs.filter(([key]) => key.toLowerCase() === 'connection').flatMap(([, text]) => text.split(',').map((option) => option.trim().toLowerCase())),
        );
        const left = withoutHopByHop(pairs.flat()).filter((_, index) => index % 2 === 0);
        for (const key of left) expect(['te', 'upgrade', 'keep-alive', 'connection', ...named]).not.toContain(key.toLowerCase());
      }),
    );
  });
});

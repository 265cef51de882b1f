import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutSecrets, withoutUrlSecrets } from '../../../src/telemetry/url-secrets.ts';

describe('withoutSecrets', () => {
  test.each([
    ['/v1beta/models/gemini:generateContent?key=AIzaSecret', '/v1beta/models/gemini:generateContent?key=[redacted]'],
    ['/a?alt=sse&key=s3cret', '/a?alt=sse&key=[redacted]'],
    ['/a?access_token=s3cret&x=1', '/a?access_token=[redacted]&x=1'],
    ['/a?API-KEY=s3cret', '/a?API-KEY=[redacted]'],
    ['/a?%6Bey=s3cret', '/a?%6Bey=[redacted]'],
    ['/a?x=1;key=s3cret', '/a?x=1;key=[redacted]'],
    ['/cb#access_token=s3cret', '/cb#access_token=[redacted]'],
    ['/cb?code=s3cret&state=7', '/cb?code=[redacted]&state=7'],
    ['/a?key=one=two', '/a?key=[redacted]'],
  ])('takes the secret out of %s', (path, clean) => {
    expect(withoutSecrets(path)).toBe(clean);
  });

  test.each(['/v1/messages', '/v1/messages?beta=true', '/a?keyboard=1&monkey=2', '/a?key=', '/a?%zz=1'])('leaves %s as it is', (path) => {
    expect(withoutSecrets(path)).toBe(path);
  });

  test('never lets the value of `key` through, wherever it stands', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 5 }), fc.nat(5), (pairs, at) => {
        const query = pairs.map(([name, value]) => `${name}=${value}`);
        query.splice(at, 0, 'key=SECRETVALUE');
        expect(withoutSecrets(`/p?${query.join('&')}`)).not.toContain('SECRETVALUE');
      }),
    );
  });
});

describe('withoutUrlSecrets', () => {
  test('takes user and password out of a URL in running text', () => {
    expect(withoutUrlSecrets('proxy http://ann:s3cret@proxy.example:3128 failed')).toBe('proxy http://[redacted]@proxy.example:3128 failed');
  });

  test('takes query secrets out of a URL in running text', () => {
    expect(withoutUrlSecrets('GET https://x.example/a?key=s3cret&alt=sse failed')).toBe('GET https://x.example/a?key=[redacted]&alt=sse failed');
  });
});

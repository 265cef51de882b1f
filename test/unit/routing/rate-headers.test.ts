import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawHeaders } from '../../../src/contract/exchange.ts';
import { readRateHeaders } from '../../../src/routing/rate-headers.ts';
import { longestWaitMs } from '../../../src/routing/rate-values.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const read = (headers: Record<string, string>) => readRateHeaders(Object.entries(headers).flat(), now);
/** Unit, limit, remaining, reset, whether it fills. */
const rows = (headers: Record<string, string>) =>
  read(headers).windows.map(({ unit, limit, remaining, resetMs, fills }) => [unit, limit, remaining, resetMs, fills]);

describe('rate-limit headers', () => {
  it.each<[string, Record<string, string>, unknown[][]]>([
    [
      'OpenAI',
      {
        'x-ratelimit-limit-requests': '5000',
        'x-ratelimit-limit-tokens': '160000',
        'x-ratelimit-remaining-requests': '4999',
        'x-ratelimit-remaining-tokens': '159976',
        'x-ratelimit-reset-requests': '12ms',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      [
        ['requests', 5000, 4999, 12, true],
        ['tokens', 160_000, 159_976, 360_000, true],
      ],
    ],
    [
      'Groq',
      { 'x-ratelimit-limit-requests': '14400', 'x-ratelimit-remaining-requests': '14370', 'x-ratelimit-reset-requests': '2m59.56s' },
      [['requests', 14_400, 14_370, 179_560, true]],
    ],
    ['Azure, which counts seconds', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '55' }, [['tokens', undefined, 0, 55_000, false]]],
    [
      'Mistral',
      {
        'x-ratelimit-limit-tokens-minute': '5000000',
        'x-ratelimit-remaining-tokens-minute': '4999911',
        'x-ratelimit-tokens-query-cost': '52',
        'x-ratelimit-limit-req-minute': '720',
        'x-ratelimit-remaining-req-minute': '717',
      },
      [
        ['tokens', 5_000_000, 4_999_911, undefined, false],
        ['requests', 720, 717, undefined, false],
      ],
    ],
    [
      'Cerebras: a day and a minute are two limits',
      { 'x-ratelimit-remaining-requests-day': '900', 'x-ratelimit-remaining-requests-minute': '20', 'x-ratelimit-reset-requests-minute': '11.382' },
      [
        ['requests', undefined, 900, undefined, false],
        ['requests', undefined, 20, 11_382, false],
      ],
    ],
    [
      'Together',
      { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': '1', 'x-tokenlimit-limit': '3000', 'x-tokenlimit-remaining': '2800' },
      [
        ['requests', 10, 9, 1_000, false],
        ['tokens', 3_000, 2_800, undefined, false],
      ],
    ],
    [
      'Anthropic',
      {
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-requests-reset': '2026-03-01T12:00:02Z',
        'anthropic-ratelimit-input-tokens-limit': '30000',
        'anthropic-ratelimit-input-tokens-remaining': '29000',
        'anthropic-ratelimit-input-tokens-reset': '2026-03-01T12:00:02Z',
        'anthropic-ratelimit-output-tokens-remaining': '8000',
        'anthropic-ratelimit-unified-reset': '1772370000',
      },
      [
        ['requests', 50, 49, 2_000, true],
        ['tokens', 30_000, 29_000, 2_000, true],
        ['output-tokens', undefined, 8_000, undefined, false],
      ],
    ],
    [
      'OpenRouter, milliseconds since 1970',
      { 'X-RateLimit-Limit': '20', 'X-RateLimit-Remaining': '3', 'X-RateLimit-Reset': String(now + 40_000) },
      [['requests', 20, 3, 40_000, false]],
    ],
    [
      'GitHub, seconds since 1970',
      { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(now / 1000 + 40), 'x-ratelimit-resource': 'core', 'x-ratelimit-used': '7' },
      [['requests', undefined, 3, 40_000, false]],
    ],
    [
      'the first IETF drafts',
      { 'RateLimit-Limit': '100, 100;w=60', 'RateLimit-Remaining': '50', 'RateLimit-Reset': '30' },
      [['requests', 100, 50, 30_000, false]],
    ],
    ['a middle IETF draft', { RateLimit: 'limit=100, remaining=50, reset=30' }, [['requests', 100, 50, 30_000, false]]],
    [
      'the late IETF drafts: the policy with the least left, none that counts bytes',
      { 'RateLimit-Policy': '"burst";q=100;w=60, "daily";q=1000;w=86400, "size";q=9;qu="content-bytes"', RateLimit: '"burst";r=50;t=30, "daily";r=20;t=40' },
      [['requests', 1_000, 20, 40_000, false]],
    ],
    ['limits of something else', { 'x-ratelimit-remaining-images': '0', 'anthropic-priority-input-tokens-remaining': '0' }, []],
    ['a limit without what remains', { 'x-ratelimit-limit-requests': '10' }, []],
    [
      'a date as RFC 1123 has it',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'Sun, 01 Mar 2026 12:00:05 GMT' },
      [['requests', undefined, 0, 5_000, false]],
    ],
    ['a reset that is past', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2026-03-01T11:00:00Z' }, [['requests', undefined, 0, 0, false]]],
    [
      'negative or absurd counts',
      { 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-remaining-tokens': '1e9', 'x-ratelimit-remaining': '9'.repeat(400) },
      [],
    ],
  ])('%s', (_, headers, expected) => {
    expect(rows(headers)).toEqual(expected);
  });

  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'Retry-After': '7' }, 7_000],
    ['parts of seconds', { 'retry-after': '0.5' }, 500],
    ['a date', { 'retry-after': 'Sun, 01 Mar 2026 12:00:09 GMT' }, 9_000],
    ['a date that is past', { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
    ['a date, by the clock of the provider', { 'retry-after': 'Sun, 01 Mar 2020 12:00:09 GMT', date: 'Sun, 01 Mar 2020 12:00:00 GMT' }, 9_000],
    ['milliseconds before seconds', { 'retry-after': '7', 'retry-after-ms': '1250' }, 1_250],
    ['milliseconds of Azure', { 'x-ms-retry-after-ms': '30' }, 30],
    ['milliseconds that make no sense, then seconds', { 'retry-after': '7', 'retry-after-ms': 'soon' }, 7_000],
    ['an absurd number', { 'retry-after': '99999999999' }, longestWaitMs],
    ['an absurd number of milliseconds', { 'retry-after-ms': '99999999999999999' }, longestWaitMs],
    ['an endless number', { 'retry-after': '9'.repeat(400) }, longestWaitMs],
    ['a far date', { 'retry-after': 'Sun, 01 Mar 2099 12:00:09 GMT' }, longestWaitMs],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['no number', { 'retry-after': 'NaN' }, undefined],
    ['a word with a number, which is no date', { 'retry-after': 'later 12' }, undefined],
    ['nothing', {}, undefined],
  ])('a wait in %s', (_, headers, expected) => {
    expect(read(headers).retryAfterMs).toBe(expected);
  });

  it('give names that stay the same from answer to answer, and cannot be multiplied', () => {
    const name = (headers: Record<string, string>) => read(headers).windows.map((window) => window.name);
    expect(name({ 'x-ratelimit-remaining-tokens': '1' })).toEqual(name({ 'X-RateLimit-Remaining-Tokens': '2' }));
    expect(name({ 'x-ratelimit-remaining-tokens-tokens': '1' })).toEqual(name({ 'x-ratelimit-remaining-tokens': '1' }));
    expect(name({ ratelimit: '"a";r=1' })).toEqual(name({ ratelimit: '"b";r=1' }));
    expect(
      new Set(
        ['anthropic-ratelimit-tokens-remaining', 'x-ratelimit-remaining-tokens', 'x-ratelimit-remaining-tokens-day'].flatMap((header) =>
          name({ [header]: '1' }),
        ),
      ).size,
    ).toBe(3);
  });

  it('never throw, and never give what is not a count or a wait', () => {
    const word = fc.constantFrom(
      'x',
      'anthropic',
      'ratelimit',
      'tokenlimit',
      'limit',
      'remaining',
      'reset',
      'requests',
      'tokens',
      'input',
      'day',
      'retry',
      'after',
      'ms',
      'policy',
      'date',
    );
    const name = fc.oneof(
      fc.constantFrom('retry-after', 'retry-after-ms', 'date', 'ratelimit', 'ratelimit-policy', 'x-ratelimit-remaining-tokens'),
      fc.array(word, { maxLength: 6 }).map((words) => words.join('-')),
      fc.string(),
    );
    const number = fc.oneof(fc.integer(), fc.double(), fc.bigInt()).map(String);
    const value = fc.oneof(
      fc.string(),
      number,
      fc.tuple(number, fc.constantFrom('s', 'ms', 'm0s', 'h')).map((parts) => parts.join('')),
      fc.date().map(String),
      number.map((text) => `"a";r=${text};t=${text}`),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), fc.integer({ min: 0, max: 4e12 }), (lines, wall) => {
        const headers: RawHeaders = lines.flat();
        const { windows, retryAfterMs = 0 } = readRateHeaders(headers, wall);
        for (const { limit = 0, remaining, resetMs = 0 } of [...windows, { remaining: 0, resetMs: retryAfterMs }] as {
          limit?: number;
          remaining: number;
          resetMs?: number;
        }[]) {
          for (const count of [limit, remaining]) expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
          expect(resetMs >= 0 && resetMs <= longestWaitMs).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

// What the lines of a target's limits say, and how long it rests.
import { describe, expect, it } from 'vitest';
import { quotaLines, restingUntil } from '../../../../renderer/views/targets/quota-left.ts';
import type { QuotaLeft } from '../../../../src/contract/routing.ts';

const quota = (more: Partial<QuotaLeft> = {}): QuotaLeft => ({
  requests: undefined,
  requestsLimit: undefined,
  tokens: undefined,
  tokensLimit: undefined,
  restingUntil: undefined,
  ...more,
});

describe('what is left of the limits of a target', () => {
  it('is told of requests and of tokens, with the share that is left', () => {
    expect(quotaLines(quota({ requests: 412, requestsLimit: 1_000, tokens: 40, tokensLimit: 1_000 }))).toEqual([
      { what: 'requests', text: '412 of 1,000 requests', share: 0.412, tone: undefined },
      { what: 'tokens', text: '40 of 1,000 tokens', share: 0.04, tone: 'warn' },
    ]);
  });

  it('has no share where the limit is not known, and warns of nothing left all the same', () => {
    expect(quotaLines(quota({ requests: 7 }))).toMatchObject([{ text: '7 requests', share: undefined, tone: undefined }]);
    expect(quotaLines(quota({ requests: 0 }))).toMatchObject([{ share: undefined, tone: 'bad' }]);
  });

  it('is nothing to tell where no limit is known', () => {
    expect([quotaLines(undefined), quotaLines(quota())]).toEqual([[], []]);
  });
});

describe('the rest of a target', () => {
  it('is over as soon as its time has come, whether the agent has said so or not', () => {
    expect(restingUntil(quota({ restingUntil: 1_000 }), 999)).toBe(1_000);
    expect(restingUntil(quota({ restingUntil: 1_000 }), 1_000)).toBeUndefined();
    expect(restingUntil(undefined, 0)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { AgentError } from '../../../src/contract/errors.ts';
import { gatewayRejected, sendRefusal, unreadable, upstreamFailed } from '../../../src/proxy/refusal.ts';
import { ClientDouble } from './exchange-doubles.ts';

describe('a refusal without a dialect', () => {
  const refusal = upstreamFailed('evil<script>.example', new AgentError('upstream-certificate', 'its certificate is <b>bad</b> & "old".'));

  it('is JSON for programs', () => {
    const down = new ClientDouble();
    sendRefusal(down, undefined, refusal);
    expect(down.log[0]).toBe('respond 502');
    expect(down.log[2]).toBe('end');
    expect(JSON.parse(down.log[1]?.slice('write '.length) ?? '')).toEqual({
      error: { type: 'heimdall', code: 'upstream-certificate', message: refusal.message },
    });
  });

  it('is a page for browsers, with nothing in it that runs', () => {
    const down = new ClientDouble({ host: 'evil"><img>', headers: ['Accept', 'text/html,*/*'] });
    sendRefusal(down, undefined, refusal);
    expect(down.log[1]).toContain('<!doctype html>');
    expect(down.log[1]).not.toMatch(/<script>|<b>|<img>/);
    expect(down.log[1]).toContain('upstream-certificate');
  });
});

describe('the status of a refusal', () => {
  it.each([
    ['upstream-timeout', 504],
    ['connect-timeout', 504],
    ['address-refused', 403],
    ['upstream-certificate', 502],
    ['upstream-closed', 502],
    ['name-not-resolved', 502],
  ] as const)('for %s is %i', (code, status) => {
    expect(upstreamFailed('a', new AgentError(code)).status).toBe(status);
  });

  it('for a body is 413 when it is too large, else 400', () => {
    expect(unreadable('body-too-large', 'x').status).toBe(413);
    expect(unreadable('body-unreadable', 'x').status).toBe(400);
  });

  it('of the gateway is kept, with its own wait', () => {
    const rejection = { type: 'rate_limited', message: 'Slow down.' };
    expect(gatewayRejected({ status: 429, rejection, retryAfter: 9 }, undefined)).toMatchObject({
      status: 429,
      retryAfter: 9,
      code: 'gateway-rejected',
    });
    expect(gatewayRejected({ status: 401, rejection, retryAfter: undefined }, undefined)).not.toHaveProperty('retryAfter');
  });
});

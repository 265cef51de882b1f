import { describe, expect, test } from 'vitest';
import { healthWarnings } from '../../../src/telemetry/health-warnings.ts';
import type { WarningCode } from '../../../src/telemetry/health-warnings.ts';
import { Health } from '../../../src/telemetry/health.ts';

function running(now: () => number = () => 1000) {
  const health = new Health(now);
  health.enter('running');
  return health;
}

describe('the state', () => {
  test('is starting, then protected, then off', () => {
    const health = new Health();
    expect(health.state()).toBe('starting');
    health.enter('running');
    expect(health.state()).toBe('protected');
    health.enter('off');
    expect(health.state()).toBe('off');
  });

  test('is the worst any active warning leads to', () => {
    const health = running();
    health.raise('ca-renewed');
    expect(health.state()).toBe('protected');
    health.raise('policy-last-good');
    expect(health.state()).toBe('degraded');
    health.raise('gateway-down-closed');
    expect(health.state()).toBe('blocked');
    health.clear('gateway-down-closed');
    expect(health.state()).toBe('degraded');
  });

  test('paused overrides the warnings, and they come back with resume', () => {
    const health = running();
    health.raise('gateway-down-closed');
    health.pause(Date.UTC(2030, 0, 1));
    expect(health.state()).toBe('paused');
    expect(health.reason()).toContain('2030-01-01');
    health.resume();
    expect(health.state()).toBe('blocked');
  });

  test('is explained by the warning that causes it', () => {
    const health = running();
    health.raise('policy-last-good', 'policy.yaml:3:1: no such action');
    expect(health.reason()).toBe(`${healthWarnings['policy-last-good'].title}.`);
    expect(health.warnings[0]?.text).toContain('policy.yaml:3:1');
  });
});

describe('warnings', () => {
  test('keep the moment at which they began while their detail changes', () => {
    let time = 1;
    const health = running(() => time);
    health.raise('audit-trouble', 'disk full');
    time = 2;
    health.raise('audit-trouble', 'no permission');
    expect(health.warnings).toMatchObject([{ since: 1, text: expect.stringContaining('no permission') as string }]);
  });

  test('stand worst first', () => {
    const health = running();
    health.raise('port-fallback');
    health.raise('gateway-down-closed');
    health.raise('policy-last-good');
    expect(health.warnings.map((warning) => warning.code)).toEqual(['gateway-down-closed', 'policy-last-good', 'port-fallback']);
  });

  test('tell listeners of a change once, and of no change not at all', () => {
    const health = running();
    let calls = 0;
    const stop = health.onChange(() => (calls += 1));
    health.raise('audit-trouble', 'x');
    health.raise('audit-trouble', 'x');
    health.clear('policy-error');
    expect(calls).toBe(1);
    stop();
    health.clear('audit-trouble');
    expect(calls).toBe(1);
  });

  test.each(Object.keys(healthWarnings) as WarningCode[])('%s says what happened and what follows, with the detail in its text', (code) => {
    const { title, text } = healthWarnings[code];
    expect(title.length).toBeGreaterThan(10);
    expect(text('THE DETAIL')).toContain('THE DETAIL');
    expect(text('')).not.toMatch(/: ?\.|undefined/);
    expect(text('').split('.').length).toBeGreaterThan(2);
  });
});

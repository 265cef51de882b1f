import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/contract/exchange.ts';
import { tunnelRecord } from '../../../src/proxy/connection-record.ts';
import { ExchangeRecord } from '../../../src/proxy/exchange-record.ts';
import { factsOf } from '../request-facts.ts';
import { ClientDouble } from './exchange-doubles.ts';

const finding = (detector: string, fingerprint: string): Finding => ({ detector, role: 'user', start: 0, end: 1, fingerprint });

describe('the row of an exchange', () => {
  it('that nobody ended says failed-closed, never that the call went through', () => {
    expect(new ExchangeRecord().finish(new ClientDouble(), undefined)).toMatchObject({ outcome: 'failed-closed', kind: 'tunnel', dialect: 'native' });
  });

  it('has the path without its query', () => {
    const row = new ExchangeRecord().finish(new ClientDouble({ path: '/v1beta/models/m:generateContent?key=AIza-secret&alt=sse?x' }), undefined);
    expect(row.path).toBe('/v1beta/models/m:generateContent');
    expect(JSON.stringify(row)).not.toContain('AIza');
  });

  it('has no header in it, whatever a client sends', () => {
    const headers = ['Authorization', 'Bearer sk-1', 'x-api-key', 'sk-2', 'x-goog-api-key', 'AIza-3', 'Cookie', 'session=4', 'x-bf-vk', 'vk-5'];
    expect(JSON.stringify(new ExchangeRecord().finish(new ClientDouble({ headers }), undefined))).not.toMatch(/sk-1|sk-2|AIza-3|session=4|vk-5/);
  });

  it('stays small when client and upstream send endless names', () => {
    const record = new ExchangeRecord();
    const endless = 'x'.repeat(1_000_000);
    record.facts = factsOf({ model: endless, tools: [endless] });
    record.error = { code: 'internal', message: endless };
    expect(JSON.stringify(record.finish(new ClientDouble({ host: endless, path: `/${endless}` }), undefined)).length).toBeLessThan(5_000);
    const origin = { peer: undefined, peerSearch: undefined };
    const end = { kind: 'refused', outcome: 'failed-closed', host: endless, port: 0, origin, surface: undefined, startedAt: 0, durationMs: 0 } as const;
    expect(JSON.stringify(tunnelRecord({ ...end, error: { code: 'bad-request', message: endless } })).length).toBeLessThan(2_000);
  });

  it('counts findings by detector and keeps at most twenty different fingerprints of each', () => {
    const record = new ExchangeRecord();
    const emails = Array.from({ length: 50 }, (_, index) => finding('email', `f${index % 30}`));
    record.decision = { action: 'allow', rule: undefined, findings: [finding('jwt', 'j'), ...emails, finding('jwt', 'j')] };
    expect(record.finish(new ClientDouble(), undefined).findings).toEqual([
      { detector: 'jwt', count: 2, fingerprints: ['j'] },
      { detector: 'email', count: 50, fingerprints: Array.from({ length: 20 }, (_, index) => `f${index}`) },
    ]);
  });

  it('adds the bytes that passed after a switch of protocols', () => {
    const record = new ExchangeRecord();
    const down = new ClientDouble();
    down.bytesIn = 1;
    down.bytesOut = 2;
    record.switched = { sent: 10, received: 20 };
    expect(record.finish(down, undefined)).toMatchObject({ bytesFromClient: 11, bytesToClient: 22 });
  });
});

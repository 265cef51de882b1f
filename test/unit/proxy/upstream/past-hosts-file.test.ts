import type { LookupAddress } from 'node:dns';
import { expect, it } from 'vitest';
import { lookupPastHostsFile } from '../../../../src/proxy/upstream/past-hosts-file.ts';
import type { Lookup } from '../../../../src/proxy/address-guard.ts';

const all = { all: true } as const;

function look(lookup: Lookup, host: string, family?: 4 | 6): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) =>
    lookup(host, { ...all, ...(family === undefined ? {} : { family }) }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );
}

const server =
  (v4: readonly string[], v6: readonly string[] = []) =>
  (_host: string, family: 4 | 6): Promise<readonly string[]> =>
    Promise.resolve(family === 4 ? v4 : v6);
const dead = (): Promise<never> => Promise.reject(Object.assign(new Error('queryA ESERVFAIL'), { code: 'ESERVFAIL' }));

it('asks the name servers for what the hosts file leads here, in both families unless one is wanted', async () => {
  const lookup = lookupPastHostsFile({ isLedHere: () => true, servers: [server(['203.0.113.5'], ['2001:db8::5'])] });
  expect(await look(lookup, 'api.openai.com')).toEqual([
    { address: '203.0.113.5', family: 4 },
    { address: '2001:db8::5', family: 6 },
  ]);
  expect(await look(lookup, 'api.openai.com', 6)).toEqual([{ address: '2001:db8::5', family: 6 }]);
});

it('asks the servers behind one that answers from the hosts file itself', async () => {
  const lookup = lookupPastHostsFile({ isLedHere: () => true, servers: [server(['127.0.0.1'], ['::1']), server(['203.0.113.5'])] });
  expect(await look(lookup, 'api.openai.com')).toEqual([{ address: '203.0.113.5', family: 4 }]);
});

it('is content with one family where the other fails, and says what failed where both do', async () => {
  const half = lookupPastHostsFile({ isLedHere: () => true, servers: [(host, family) => (family === 4 ? server(['203.0.113.5'])(host, 4) : dead())] });
  expect(await look(half, 'api.openai.com')).toEqual([{ address: '203.0.113.5', family: 4 }]);
  await expect(look(lookupPastHostsFile({ isLedHere: () => true, servers: [dead, server([])] }), 'api.openai.com')).rejects.toMatchObject({
    code: 'ESERVFAIL',
  });
});

it('leaves every other name to the system', async () => {
  const lookup = lookupPastHostsFile({ isLedHere: (host) => host === 'api.openai.com', servers: [dead] });
  expect((await look(lookup, 'localhost')).length).toBeGreaterThan(0);
});

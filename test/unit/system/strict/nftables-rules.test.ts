import { expect, it } from 'vitest';
import { confirmation, hasTable, installation, readTable, removal, tableValue } from '../../../../src/system/strict/nftables-rules.ts';

const asRoot = tableValue(15443, { kind: 'uid', uid: 0 });
const asService = tableValue(15443, { kind: 'cgroup', path: 'system.slice/heimdall.service' });

it('writes one transaction: whatever stood under the name goes, and the whole table comes', () => {
  expect(installation(asRoot, ['203.0.113.5', '203.0.113.6', '2001:db8::5'])).toBe(`add table inet heimdall; delete table inet heimdall
table inet heimdall {
  set catalog4 { type ipv4_addr; flags timeout; timeout 15m; elements = { 203.0.113.5, 203.0.113.6 } }
  set catalog6 { type ipv6_addr; flags timeout; timeout 15m; elements = { 2001:db8::5 } }
  chain to_agent {
    type nat hook output priority -100; policy accept;
    meta skuid 0 return
    ip daddr @catalog4 tcp dport 443 tcp flags & (syn | ack) == syn redirect to :15443
    ip6 daddr @catalog6 tcp dport 443 tcp flags & (syn | ack) == syn redirect to :15443
  }
  chain no_quic {
    type filter hook output priority 0; policy accept;
    meta skuid 0 return
    ip daddr @catalog4 udp dport 443 reject with icmpx type port-unreachable
    ip6 daddr @catalog6 udp dport 443 reject with icmpx type port-unreachable
  }
}`);
});

it('leaves the agent alone by the control group of its service, where it has one', () => {
  const text = installation(asService, []);
  expect(text.match(/socket cgroupv2 level 2 "system\.slice\/heimdall\.service" return/g)).toHaveLength(2);
  expect(text).not.toContain('skuid');
  expect(text).toContain('set catalog4 { type ipv4_addr; flags timeout; timeout 15m; }');
});

it('removes the table whether or not it stands', () => {
  expect(removal).toBe('add table inet heimdall; delete table inet heimdall');
});

it('lets addresses last anew by taking them out and putting them back within one transaction', () => {
  expect(confirmation(['203.0.113.5', '2001:db8::5'])?.split('\n')).toEqual([
    'add element inet heimdall catalog4 { 203.0.113.5 }',
    'delete element inet heimdall catalog4 { 203.0.113.5 }',
    'add element inet heimdall catalog4 { 203.0.113.5 }',
    'add element inet heimdall catalog6 { 2001:db8::5 }',
    'delete element inet heimdall catalog6 { 2001:db8::5 }',
    'add element inet heimdall catalog6 { 2001:db8::5 }',
  ]);
  expect(confirmation([])).toBeUndefined();
});

// Recorded from nft 1.0.6 on Debian 12, metadata and chains left out.
const match = (left: object, right: unknown): object => ({ match: { op: '==', left, right } });
const rule = (...expr: object[]): object => ({ rule: { family: 'inet', table: 'heimdall', chain: 'to_agent', handle: 4, expr } });
const own = (left: object, right: unknown): object => rule(match(left, right), { return: null });
const skuid = { meta: { key: 'skuid' } };
const led = (port: number): object =>
  rule(
    match({ payload: { protocol: 'ip', field: 'daddr' } }, '@catalog4'),
    match({ payload: { protocol: 'tcp', field: 'dport' } }, 443),
    { match: { op: '==', left: { '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, { '|': ['syn', 'ack'] }] }, right: 'syn' } },
    { redirect: { port } },
  );
const refused = rule(match({ payload: { protocol: 'udp', field: 'dport' } }, 443), { reject: { type: 'icmpx', expr: 'port-unreachable' } });
const listing = (...rules: object[]): string =>
  JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6' } }, { table: { family: 'inet', name: 'heimdall', handle: 1 } }, ...rules] });
const whole = (left: object, right: unknown): string => listing(own(left, right), led(15443), led(15443), own(left, right), refused, refused);

it('reads back what it has written', () => {
  expect(readTable(whole(skuid, 0))).toEqual(asRoot);
  expect(readTable(whole(skuid, 'root'))).toEqual(asRoot);
  expect(readTable(whole({ socket: { key: 'cgroupv2' } }, 'system.slice/heimdall.service'))).toEqual(asService);
});

it('sees that someone has changed the table', () => {
  expect(readTable(listing(own(skuid, 0), led(15443), own(skuid, 0), refused))).not.toEqual(asRoot);
  expect(readTable(listing(own(skuid, 0), led(15443), led(8443), own(skuid, 0), refused, refused))).not.toEqual(asRoot);
  expect(readTable(listing(own(skuid, 0), led(15443), led(15443), own(skuid, 1000), refused, refused))).not.toEqual(asRoot);
});

it('tells its table from those of others', () => {
  const tables = (...found: object[]): string => JSON.stringify({ nftables: [{ metainfo: {} }, ...found.map((table) => ({ table }))] });
  expect(hasTable(tables())).toBe(false);
  expect(hasTable(tables({ family: 'ip', name: 'heimdall' }, { family: 'inet', name: 'filter' }))).toBe(false);
  expect(hasTable(tables({ family: 'inet', name: 'filter' }, { family: 'inet', name: 'heimdall' }))).toBe(true);
});

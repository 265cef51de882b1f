import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../../src/contract/errors.ts';
import { AddressGuard } from '../../../src/proxy/address-guard.ts';
import type { Lookup } from '../../../src/proxy/address-guard.ts';

const guard = new AddressGuard({ allowPrivate: [] });

/** Every spelling of loopback and metadata that some resolver or socket call takes. */
const spellings = [
  ['127.0.0.1', 'loopback'],
  ['127.1', 'loopback'],
  ['127.0.1', 'loopback'],
  ['127.0.0.1.', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['2130706433', 'loopback'],
  ['0x7f000001', 'loopback'],
  ['0X7F000001', 'loopback'],
  ['0x7f.1', 'loopback'],
  ['0x7f.0x0.0x0.0x1', 'loopback'],
  ['0177.0.0.1', 'loopback'],
  ['0177.1', 'loopback'],
  ['017700000001', 'loopback'],
  ['127.0x0.0.01', 'loopback'],
  ['0', 'unspecified'],
  ['0.0.0.0', 'unspecified'],
  ['0x0', 'unspecified'],
  ['[::1]', 'loopback'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::1%lo', 'loopback'],
  ['::', 'unspecified'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::FFFF:7F00:1', 'loopback'],
  ['0:0:0:0:0:ffff:7f00:1', 'loopback'],
  ['[::ffff:7f00:1]', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['::7f00:1', 'loopback'],
  ['64:ff9b::127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['64:ff9b:1::808:808', 'rfc6052'],
  ['::ffff:0:7f00:1', 'loopback'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:a9fe:a9fe::1', 'linkLocal'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'teredo'],
  ['169.254.169.254', 'linkLocal'],
  ['2852039166', 'linkLocal'],
  ['0xa9fea9fe', 'linkLocal'],
  ['::ffff:169.254.169.254', 'linkLocal'],
  ['fe80::1', 'linkLocal'],
  ['fe80::1%eth0', 'linkLocal'],
  ['168.63.129.16', 'metadata'],
  ['100.100.100.200', 'carrierGradeNat'],
  ['fd00:ec2::254', 'uniqueLocal'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['192.0.0.192', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.1', 'reserved'],
  ['fec0::1', 'deprecatedSiteLocal'],
  ['ff02::1', 'multicast'],
  ['2001:db8::1', 'reserved'],
] as const;

describe('the address guard', () => {
  it.each(spellings)('refuses %s as %s', (host, kind) => {
    const address = guard.spelledAddress(host);
    expect(address).toBeDefined();
    expect(guard.objection(address ?? '')).toBe(kind);
    expect(() => guard.check(host)).toThrow(expect.objectContaining({ code: 'address-refused' }) as Error);
  });

  it.each(['8.8.8.8', '134744072', '0x08080808', '[2001:4860:4860::8888]', '::ffff:8.8.8.8', '64:ff9b::808:808', '172.15.0.1', '172.32.0.1', '11.0.0.1'])(
    'lets %s pass, which is public',
    (host) => {
      expect(guard.objection(guard.spelledAddress(host) ?? '')).toBeUndefined();
      expect(() => guard.check(host)).not.toThrow();
    },
  );

  it.each(['256.1.1.1', '1.2.3.4.5', '4294967296', '0x1ffffffff', '08.1', '1..2', '0x.1'])('never lets the numeric host %s pass as a name', (host) => {
    // Not every resolver agrees on these, so none may be tried.
    const address = guard.spelledAddress(host);
    if (address === undefined) expect(/[^0-9a-fx.]|\.\.|(?:\d+\.){4}/i.test(host)).toBe(true);
    else expect(guard.objection(address)).toBe('unspecified');
  });

  it.each(['localhost', 'LOCALHOST', 'localhost.', 'foo.localhost', 'Foo.LocalHost.'])('refuses %s, a name of this machine', (host) => {
    expect(() => guard.check(host)).toThrow(expect.objectContaining({ code: 'address-refused' }) as Error);
  });

  it.each(['api.openai.com', 'localhost.example', 'notlocalhost', 'xn--bcher-kva.example', '1e100.net', 'a1.b2', '0x7f.example', 'cafe.ab'])(
    'takes %s for a name',
    (host) => {
      expect(guard.spelledAddress(host)).toBeUndefined();
      expect(() => guard.check(host)).not.toThrow();
    },
  );

  it('calls what it cannot read unreadable, never good', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const objection = guard.objection(text);
        if (objection === undefined) expect(text).toMatch(/^[0-9a-fA-FxX:.%]+/);
      }),
    );
  });

  it('reads an IPv4 address the same in every base and every number of parts', () => {
    const base = (value: number, radix: number) => (radix === 16 ? `0x${value.toString(16)}` : radix === 8 ? `0${value.toString(8)}` : String(value));
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.constantFrom(1, 2, 3, 4),
        fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }),
        (value, parts, radixes) => {
          const bytes = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
          const head = bytes.slice(0, parts - 1);
          const last = value % 256 ** (5 - parts);
          const text = [...head, last].map((part, index) => base(part, radixes[index] ?? 10)).join('.');
          expect(guard.spelledAddress(text)).toBe(bytes.join('.'));
        },
      ),
    );
  });
});

describe('the ranges of allowPrivate', () => {
  it('open what they name and nothing else', () => {
    const open = new AddressGuard({ allowPrivate: ['10.0.0.0/8', 'fd00::/8', '192.168.7.7'] });
    expect(open.objection('10.255.0.1')).toBeUndefined();
    expect(open.objection('::ffff:10.0.0.1')).toBeUndefined();
    expect(open.objection('fd12::1')).toBeUndefined();
    expect(open.objection('192.168.7.7')).toBeUndefined();
    expect(open.objection('192.168.7.8')).toBe('private');
    expect(open.objection('11.0.0.1')).toBeUndefined();
    expect(open.objection('127.0.0.1')).toBe('loopback');
    expect(open.objection('169.254.169.254')).toBe('linkLocal');
  });

  it.each(['10.0.0.0/33', 'nonsense', '', '10.0.0.0/-1'])('are refused when they are none: %s', (range) => {
    expect(() => new AddressGuard({ allowPrivate: [range] })).toThrow(expect.objectContaining({ code: 'settings-invalid' }) as Error);
  });
});

describe('the lookup at connect time', () => {
  const answering =
    (...addresses: string[]): Lookup =>
    (_host, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  const all = (lookup: AddressGuard['lookup']) =>
    new Promise<unknown>((resolve, reject) => lookup('rebind.example', { all: true }, (error, found) => (error ? reject(error) : resolve(found))));

  it('gives out only the good addresses of a mixed answer', async () => {
    const rebinding = new AddressGuard({ allowPrivate: [] }, answering('127.0.0.1', '93.184.215.14', '::1', '2606:4700::1', '169.254.169.254'));
    await expect(all(rebinding.lookup)).resolves.toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ]);
    const single = await new Promise((resolve) => rebinding.lookup('rebind.example', {}, (error, address, family) => resolve([error, address, family])));
    expect(single).toEqual([null, '93.184.215.14', 4]);
  });

  it('refuses a name whose every address is bad, and one that has none', async () => {
    await expect(all(new AddressGuard({ allowPrivate: [] }, answering('127.0.0.1', '10.0.0.1')).lookup)).rejects.toMatchObject({ code: 'address-refused' });
    await expect(all(new AddressGuard({ allowPrivate: [] }, answering()).lookup)).rejects.toMatchObject({ code: 'name-not-resolved' });
  });

  it('says so when a name does not resolve', async () => {
    const failing = new AddressGuard({ allowPrivate: [] }, (_host, _options, done) => done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []));
    await expect(all(failing.lookup)).rejects.toMatchObject({ code: 'name-not-resolved' });
  });

  it('is asked for the very connection: a name that rebinds is never connected to', async () => {
    const error = await new Promise<unknown>((resolve) => {
      const socket = connect({ host: 'rebind.example', port: 9, lookup: new AddressGuard({ allowPrivate: [] }, answering('127.0.0.1')).lookup });
      socket.on('error', resolve);
      socket.on('connect', () => resolve('connected'));
    });
    expect(codeOf(error)).toBe('address-refused');
  });
});

describe('what the system connects to', () => {
  const server = createServer((socket) => socket.end());
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each(['127.0.0.1', '0x7f.1', '2130706433', '127.1', '0177.0.0.1', '0x7f000001', '0', '::ffff:127.0.0.1'])(
    'is refused where %s reaches this machine',
    async (host) => {
      const reached = await new Promise<boolean>((resolve) => {
        const socket = connect({ host, port: (server.address() as AddressInfo).port });
        socket.on('connect', () => {
          socket.destroy();
          resolve(true);
        });
        socket.on('error', () => resolve(false));
      });
      if (reached) expect(() => guard.check(host)).toThrow();
      expect(guard.spelledAddress(host)).toBeDefined();
    },
  );
});

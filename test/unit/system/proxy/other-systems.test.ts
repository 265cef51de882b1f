// The tools of macOS and Windows answer here as their documentation shows them; nothing of it was recorded on such a machine.
import { describe, expect, it } from 'vitest';
import { existingProxy } from '../../../../src/system/proxy/existing-proxy.ts';
import { networkSignature, onNetworkChange } from '../../../../src/system/proxy/network-change.ts';
import { proxySurfaces } from '../../../../src/system/proxy/surfaces.ts';
import { parseAdvancedProxy } from '../../../../src/system/proxy/winhttp.ts';
import { only, testMachine } from './machine.ts';

const names = ['Wi-Fi', 'Thunderbolt Bridge', 'USB 10/100/1000 LAN (2)', 'Büro-VPN'];

function mac(): { answer: (line: string) => string | undefined; state: Map<string, { url: string; on: string }> } {
  const state = new Map(names.map((name) => [name, { url: '(null)', on: 'No' }]));
  const answer = (line: string): string | undefined => {
    if (line.endsWith('-listallnetworkservices'))
      return `An asterisk (*) denotes that a network service is disabled.\n${[...state.keys()].join('\n')}\n*Old VPN\n`;
    if (line.includes('scutil'))
      return '<dictionary> {\n  ExceptionsList : <array> {\n    0 : *.local\n    1 : 169.254/16\n  }\n  HTTPSEnable : 1\n  HTTPSPort : 3128\n  HTTPSProxy : proxy.corp.example\n}\n';
    const [, verb, rest = ''] = /-(getautoproxyurl|setautoproxyurl|setautoproxystate) (.*)$/.exec(line) ?? [];
    const [name, entry] = [...state].find(([each]) => rest.startsWith(each)) ?? [];
    if (name === undefined || entry === undefined) return undefined;
    const value = rest.slice(name.length + 1);
    if (verb === 'setautoproxyurl') Object.assign(entry, { url: value, on: 'Yes' });
    if (verb === 'setautoproxystate') entry.on = value === 'on' ? 'Yes' : 'No';
    return `URL: ${entry.url}\nEnabled: ${entry.on}\n`;
  };
  return { answer, state };
}

describe('the network services of macOS', () => {
  it('all get our PAC file, but those that are off, and are put back', async () => {
    const { answer, state } = mac();
    const test = testMachine('darwin', answer);
    const surface = only(proxySurfaces(test.machine), 'proxy.network-services');
    await test.ledger.apply(surface);
    expect([...state.values()]).toEqual(names.map(() => ({ url: 'http://127.0.0.1:7465/proxy.pac', on: 'Yes' })));
    expect(test.lines.some((line) => line.includes('Old VPN'))).toBe(false);
    await test.ledger.revert(surface);
    expect([...state.values()].map(({ on }) => on)).toEqual(names.map(() => 'No'));
  });

  it('come and go: a new one is taken in, one that is gone is passed over, one set by somebody else stays', async () => {
    const { answer, state } = mac();
    const test = testMachine('darwin', answer);
    const surface = only(proxySurfaces(test.machine), 'proxy.network-services');
    await test.ledger.apply(surface);
    state.delete('Büro-VPN');
    state.set('iPhone USB', { url: '(null)', on: 'No' });
    await test.ledger.apply(surface);
    expect(state.get('iPhone USB')).toEqual({ url: 'http://127.0.0.1:7465/proxy.pac', on: 'Yes' });
    state.set('Wi-Fi', { url: 'http://wpad.corp.example/wpad.dat', on: 'Yes' });
    await test.ledger.revert(surface);
    expect(state.get('Wi-Fi')).toEqual({ url: 'http://wpad.corp.example/wpad.dat', on: 'Yes' });
    expect(state.get('iPhone USB')?.on).toBe('No');
  });

  it('say which proxy the organisation has: a PAC file first, then one by hand', async () => {
    const { answer, state } = mac();
    const { machine } = testMachine('darwin', answer);
    expect(await existingProxy(machine, [])).toMatchObject({ kind: 'manual', https: 'http://proxy.corp.example:3128', noProxy: ['*.local', '169.254/16'] });
    state.set('Wi-Fi', { url: 'http://wpad.corp.example/wpad.dat', on: 'Yes' });
    expect(await existingProxy(machine, [])).toMatchObject({ kind: 'pac', url: 'http://wpad.corp.example/wpad.dat', from: 'the proxy settings of Wi-Fi' });
  });
});

describe('the Internet settings of Windows', () => {
  function windows(values: Record<string, string | undefined>): (line: string) => string | undefined {
    return (line) => {
      const name = / \/v (\S+)/.exec(line)?.[1] ?? '';
      if (line.includes(' query '))
        return values[name] === undefined ? undefined : `\r\nHKEY_CURRENT_USER\\Software\r\n    ${name}    REG_SZ    ${values[name]}\r\n\r\n`;
      if (line.includes(' add ')) values[name] = / \/d (\S+) /.exec(line)?.[1];
      if (line.includes(' delete ')) values[name] = undefined;
      return '';
    };
  }

  it('get our script, running programs are told, and theirs comes back', async () => {
    const values: Record<string, string | undefined> = { AutoConfigURL: 'http://wpad.corp.example/wpad.dat', ProxyEnable: '0x0' };
    const test = testMachine('win32', windows(values));
    const surface = only(proxySurfaces(test.machine), 'proxy.internet-settings');
    await test.ledger.apply(surface);
    expect(values['AutoConfigURL']).toBe('http://127.0.0.1:7465/proxy.pac');
    expect(test.lines.some((line) => line.startsWith('powershell.exe') && line.includes('InternetSetOption(0, 39'))).toBe(true);
    expect(await existingProxy(test.machine, test.ledger.open())).toMatchObject({ kind: 'pac', url: 'http://wpad.corp.example/wpad.dat' });
    await test.ledger.revert(surface);
    expect(values['AutoConfigURL']).toBe('http://wpad.corp.example/wpad.dat');
  });

  it('keep a proxy by hand, which the agent goes on through', async () => {
    const values: Record<string, string | undefined> = {
      ProxyEnable: '0x1',
      ProxyServer: 'http=a.example:80;https=b.example:8443',
      ProxyOverride: '*.corp.example;<local>',
    };
    const test = testMachine('win32', windows(values));
    expect(await existingProxy(test.machine, [])).toMatchObject({
      kind: 'manual',
      http: 'http://a.example:80',
      https: 'http://b.example:8443',
      noProxy: ['*.corp.example'],
    });
    const surface = only(proxySurfaces(test.machine), 'proxy.internet-settings');
    await test.ledger.apply(surface);
    await test.ledger.revert(surface);
    expect(values).toEqual({
      ProxyEnable: '0x1',
      ProxyServer: 'http=a.example:80;https=b.example:8443',
      ProxyOverride: '*.corp.example;<local>',
      AutoConfigURL: undefined,
    });
  });

  it('are left to the organisation where it sets them for the whole computer', async () => {
    const { machine } = testMachine('win32', windows({ ProxySettingsPerUser: '0x0' }));
    expect(await only(proxySurfaces(machine), 'proxy.internet-settings').obstacle()).toContain('organisation');
  });
});

describe("Windows' proxy of services", () => {
  // The form of Microsoft's page on netsh: what is empty is left out, and switches are shown beside. The words around it stand for any language.
  const shown =
    'Aktuelle Einstellungen:\r\n\r\n{\r\n\t"ProxyIsEnabled": false,\r\n\t"AutoConfigIsEnabled": false,\r\n\t"AutoDetect": true,\r\n\t"PerUserProxySettings": true\r\n}\r\n';
  const nothing = { Proxy: '', ProxyBypass: '', AutoconfigUrl: '', AutoDetect: true };

  /** Takes only the four properties that the tool demands, by the names of its page. */
  function netsh(): { answer: (line: string) => string | undefined; set: (value: object) => void; value: () => object | undefined } {
    let text = shown;
    const answer = (line: string): string | undefined => {
      const given = /settings=(.*)$/.exec(line)?.[1];
      if (given === undefined) return text;
      if (
        Object.keys(JSON.parse(given) as object)
          .sort()
          .join() !== 'AutoDetect,AutoconfigUrl,Proxy,ProxyBypass'
      )
        return undefined;
      text = given;
      return '';
    };
    return { answer, set: (value) => (text = JSON.stringify(value)), value: () => parseAdvancedProxy(text) };
  }

  it('is read whatever the language, set by its tool and put back', async () => {
    const tool = netsh();
    const test = testMachine('win32', tool.answer);
    const surface = only(proxySurfaces(test.machine), 'proxy.winhttp');
    expect(await surface.obstacle()).toBeUndefined();
    await test.ledger.apply(surface);
    expect(tool.value()).toEqual({ ...nothing, AutoconfigUrl: 'http://127.0.0.1:7465/proxy.pac' });
    await test.ledger.revert(surface);
    expect(tool.value()).toEqual(nothing);
  });

  it('loses our script even when somebody has changed the rest since', async () => {
    const tool = netsh();
    const test = testMachine('win32', tool.answer);
    const surface = only(proxySurfaces(test.machine), 'proxy.winhttp');
    await test.ledger.apply(surface);
    tool.set({ ...tool.value(), Proxy: 'proxy.corp.example:3128' });
    await test.ledger.revert(surface);
    expect(tool.value()).toEqual({ ...nothing, Proxy: 'proxy.corp.example:3128' });
  });

  it('is read in the forms that versions of Windows show', () => {
    expect(parseAdvancedProxy('{ "Proxy": "localhost:8080", "ProxyBypass": "*" }')).toEqual({
      ...nothing,
      Proxy: 'localhost:8080',
      ProxyBypass: '*',
      AutoDetect: false,
    });
    expect(parseAdvancedProxy('{ "AutoConfigIsEnabled": false, "AutoconfigUrl": " ", "AutoDetect": true }')).toEqual(nothing);
    expect(parseAdvancedProxy('The following command was not found: winhttp show advproxy.')).toBeUndefined();
  });

  it('says why where it cannot be set', async () => {
    const { machine } = testMachine('win32', () => 'Direct access (no proxy server).');
    expect(await only(proxySurfaces(machine), 'proxy.winhttp').obstacle()).toContain('Windows 11');
    expect(await only(proxySurfaces({ ...machine, isPrivileged: false }), 'proxy.winhttp').obstacle()).toContain('administrator');
  });
});

describe('a change of the network', () => {
  it('is told once, when the addresses have changed', async () => {
    let signature = 'eth0 10.0.0.1';
    let told = 0;
    const stop = onNetworkChange(
      () => (told += 1),
      () => signature,
      1,
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toBe(0);
    signature = 'eth0 10.0.0.1\ntun0 10.8.0.2';
    await expect.poll(() => told).toBe(1);
    stop();
  });

  it('is seen whatever the order of interfaces', () => {
    const address = (ip: string) => ({ address: ip, netmask: '', family: 'IPv4' as const, mac: '', internal: false, cidr: null });
    expect(networkSignature({ b: [address('2')], a: [address('1')] })).toBe(networkSignature({ a: [address('1')], b: [address('2')] }));
  });

  it('is not the coming and going of containers', () => {
    const address = (ip: string) => ({ address: ip, netmask: '', family: 'IPv4' as const, mac: '', internal: false, cidr: null });
    expect(networkSignature({ a: [address('1')], veth12: [address('3')] })).toBe(networkSignature({ a: [address('1')] }));
  });
});

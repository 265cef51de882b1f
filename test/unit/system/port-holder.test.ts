import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findPortHolder, holderFromLsof, listenerFromNetstat, listeningInodes } from '../../../src/system/port-holder.ts';

const silent = () => Promise.resolve('');

test.runIf(process.platform === 'linux')('on Linux the listener of a port is found in /proc', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const holder = await findPortHolder((server.address() as AddressInfo).port, { platform: 'linux', exec: silent });
  expect(holder?.pid).toBe(process.pid);
  expect(holder?.name).not.toBe('');
});

test('a connection from the port is not a listener on it', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1D29 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1',
    '   1: 0100007F:1D29 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1',
    '   2: 0100007F:1D2A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1',
  ].join('\n');
  expect(listeningInodes(table, 7465)).toEqual(['4711']);
  expect(listeningInodes('', 7465)).toEqual([]);
});

test('on macOS lsof is asked', async () => {
  const asked: string[] = [];
  const exec = (file: string, args: readonly string[]) => {
    asked.push([file, ...args].join(' '));
    return Promise.resolve('p812\ncnode\nf23\n');
  };
  expect(await findPortHolder(7465, { platform: 'darwin', exec })).toEqual({ pid: 812, name: 'node' });
  expect(asked).toEqual(['lsof -nP -iTCP:7465 -sTCP:LISTEN -Fpc']);
  expect(holderFromLsof('')).toBeUndefined();
});

test('on Windows netstat tells the process, in any language, and tasklist its name', async () => {
  const netstat = [
    '  Proto  Lokale Adresse         Remoteadresse          Status           PID',
    '  TCP    127.0.0.1:7465         127.0.0.1:50122        HERGESTELLT      99',
    '  TCP    127.0.0.1:74650        0.0.0.0:0              ABHÖREN          98',
    '  TCP    [::1]:7465             [::]:0                 ABHÖREN          4242',
  ].join('\r\n');
  const exec = (file: string) => Promise.resolve(file === 'netstat' ? netstat : '"heimdall.exe","4242","Console","1","50.000 K"\r\n');
  expect(await findPortHolder(7465, { platform: 'win32', exec })).toEqual({ pid: 4242, name: 'heimdall.exe' });
  expect(listenerFromNetstat(netstat, 1)).toBeUndefined();
});

test('a system that tells nothing is no fault', async () => {
  expect(await findPortHolder(7465, { platform: 'linux', exec: silent, procDir: '/nowhere' })).toBeUndefined();
  expect(await findPortHolder(7465, { platform: 'win32', exec: silent })).toBeUndefined();
});

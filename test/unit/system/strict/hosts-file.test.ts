import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Ledger } from '../../../../src/system/ledger.ts';
import { hostsFileSurface } from '../../../../src/system/strict/hosts-file.ts';
import { strictMachine, strictState } from './strict-machine.ts';

const byHosts = strictState({ method: 'hosts', transparentPort: () => 443 });
const ledgerOf = (dataDir: string): Ledger => new Ledger(dataDir, () => Promise.resolve(false));

it.each([
  ['a usual file', '127.0.0.1\tlocalhost\n::1 localhost\n'],
  ['a file without an end of line', '127.0.0.1 localhost'],
  ['an empty file', ''],
  ['a file of Windows', '# Copyright\r\n127.0.0.1 localhost\r\n'],
])('leads the exact names to this machine, and puts back %s byte for byte', async (_, original) => {
  const { machine, write } = strictMachine({ strict: byHosts });
  const file = write('etc/hosts', original);
  const ledger = ledgerOf(machine.dataDir);
  const surface = hostsFileSurface(machine);
  expect(surface.id).toBe(`strict.hosts:${file}`);
  await ledger.apply(surface);
  const text = readFileSync(file, 'utf8');
  expect(text.startsWith(original)).toBe(true);
  const lines = text.split(/\r?\n/).filter((line) => /openai|anthropic/.test(line));
  expect(lines).toEqual(['127.0.0.1 api.openai.com', '::1 api.openai.com', '127.0.0.1 api.anthropic.com', '::1 api.anthropic.com']);
  expect(text.includes('\r\n')).toBe(original.includes('\r\n'));
  expect(text.replaceAll('\r\n', '').includes('\n')).toBe(!original.includes('\r\n'));
  expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
  expect(readFileSync(file, 'utf8')).toBe(original);
});

it('takes out its block alone when somebody has changed the file since', async () => {
  const { machine, write } = strictMachine({ strict: byHosts });
  const file = write('etc/hosts', '127.0.0.1 localhost\n');
  const ledger = ledgerOf(machine.dataDir);
  const surface = hostsFileSurface(machine);
  await ledger.apply(surface);
  writeFileSync(file, `192.0.2.7 printer\n${readFileSync(file, 'utf8')}192.0.2.8 scanner\n`);
  expect(await ledger.revert(surface)).toMatchObject({ outcome: 'restored' });
  expect(readFileSync(file, 'utf8')).toBe('192.0.2.7 printer\n127.0.0.1 localhost\n192.0.2.8 scanner\n');
});

it('knows where Windows keeps the file', () => {
  const { machine } = strictMachine({ platform: 'win32', root: '/', env: { SystemRoot: 'C:\\Windows' }, strict: byHosts });
  expect(hostsFileSurface(machine).id).toBe(`strict.hosts:${join('C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')}`);
});

it.each([
  ['without privilege', { isPrivileged: false, strict: byHosts }, 'run the agent as administrator'],
  ['when nftables is chosen', { strict: strictState() }, 'set strict.method to "hosts"'],
  [
    'when port 443 could not be opened',
    { strict: strictState({ method: 'hosts', transparentPort: () => undefined, trouble: () => 'Port 443 is taken.' }) },
    'Port 443 is taken.',
  ],
  ['when the agent listens elsewhere', { strict: strictState({ method: 'hosts' }) }, 'only lead to port 443'],
] as const)('says why it cannot be used %s', async (_, changes, words) => {
  expect(await hostsFileSurface(strictMachine(changes).machine).obstacle()).toContain(words);
});

it('is the usual way on macOS, and says that its packet filter is not used', async () => {
  const surface = hostsFileSurface(strictMachine({ platform: 'darwin', strict: undefined, port: () => 0 }).machine);
  expect(await surface.obstacle()).toBeUndefined();
  expect(surface.to).toContain('The packet filter of macOS is not used');
});

import { describe, expect, it } from 'vitest';
import { nftablesSurface } from '../../../../src/system/strict/nftables.ts';
import { tableValue } from '../../../../src/system/strict/nftables-rules.ts';
import { strictSurfaces } from '../../../../src/system/strict/surfaces.ts';
import { strictMachine, strictState } from './strict-machine.ts';

const noTable = { stdout: '{"nftables": [{"metainfo": {}}]}' };
const noNames = (): Promise<never> => Promise.reject(new Error('no such name'));

it('puts the table with the addresses of the exact names, in one run of nft', async () => {
  const asked: string[] = [];
  const { machine, commands } = strictMachine();
  const surface = nftablesSurface(machine, (host) => {
    asked.push(host);
    return Promise.resolve([{ address: `203.0.113.${asked.length}`, ttl: 60 }]);
  });
  await surface.write(surface.wanted(null));
  expect(asked).toEqual(['api.openai.com', 'api.anthropic.com']);
  expect(commands).toHaveLength(1);
  expect(commands[0]?.[1]).toContain('elements = { 203.0.113.1, 203.0.113.2 }');
  expect(surface.to).toContain('2 AI hosts');
});

it('puts the table without addresses where no name resolves: they follow', async () => {
  const { machine, commands } = strictMachine();
  const surface = nftablesSurface(machine, noNames);
  await surface.write(surface.wanted(null));
  expect(commands[0]?.[1]).toContain('redirect to :15443');
});

it('takes the table away, and finds none where none stands', async () => {
  const { machine, commands } = strictMachine({}, () => noTable);
  const surface = nftablesSurface(machine, noNames);
  await surface.write(null);
  expect(await surface.read()).toBeNull();
  expect(commands).toEqual([
    ['nft', 'add table inet heimdall; delete table inet heimdall'],
    ['nft', '-j', 'list', 'tables'],
  ]);
});

it('never leads anything to a port that nobody has opened', async () => {
  const { machine, commands } = strictMachine({ strict: undefined });
  const surface = nftablesSurface(machine, noNames);
  await expect(surface.write(surface.wanted(null))).rejects.toThrow('Start the agent as root');
  expect(commands).toEqual([]);
});

it('gives up its table whole when somebody has changed it, and never puts one back that leads nowhere', () => {
  const surface = nftablesSurface(strictMachine().machine, noNames);
  const ours = { ...tableValue(15443, { kind: 'uid', uid: 0 }) };
  expect(surface.without?.({ current: { ...ours, rules: 7 }, original: null, ours })).toBeNull();
  expect(surface.localPorts?.(ours)).toEqual([15443]);
  expect(surface.neutral?.(ours)).toBeNull();
});

describe('says why it cannot be used', () => {
  const obstacle = (...args: Parameters<typeof strictMachine>): Promise<string | undefined> =>
    nftablesSurface(strictMachine(...args).machine, noNames).obstacle();

  it.each([
    ['without privilege', { isPrivileged: false }, {}, 'run the agent as root'],
    ['in an agent that is not the one that runs', { strict: undefined }, {}, 'belongs to a user'],
    ['when the agent has no port for it', { strict: strictState({ trouble: () => 'The port is taken.' }) }, {}, 'The port is taken.'],
    ['when the hosts file is chosen', { strict: strictState({ method: 'hosts' }) }, {}, 'set strict.method to "nftables"'],
    ['without nft', {}, { code: -1 }, 'Install the package nftables'],
    ['without support in the kernel', {}, { code: 1, stderr: 'netlink: Error: cache initialization failed: Protocol not supported' }, 'Protocol not supported'],
  ] as const)('%s', async (_, machine, answer, words) => {
    expect(await obstacle(machine, () => answer)).toContain(words);
  });

  it('not where all is well, nor before the agent runs', async () => {
    expect(await obstacle()).toBeUndefined();
    expect(await obstacle({ strict: undefined, port: () => 0 })).toBeUndefined();
  });
});

it('exists on Linux alone; the hosts file exists everywhere', () => {
  const ids = (platform: NodeJS.Platform): string[] => strictSurfaces(strictMachine({ platform }).machine).map(({ id }) => id.replace(/:.*/, ''));
  expect(ids('linux')).toEqual(['strict.nftables', 'strict.hosts']);
  expect(ids('darwin')).toEqual(['strict.hosts']);
  expect(ids('win32')).toEqual(['strict.hosts']);
});

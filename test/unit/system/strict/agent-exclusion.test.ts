import { expect, it } from 'vitest';
import { agentExclusion } from '../../../../src/system/strict/agent-exclusion.ts';
import { strictMachine } from './strict-machine.ts';

const root = { kind: 'uid', uid: 0 };

it('tells the agent by its service, where the system has control groups of version 2', () => {
  const { machine, write } = strictMachine();
  write('proc/self/cgroup', '0::/system.slice/heimdall.service\n');
  expect(agentExclusion(machine)).toEqual(root);
  write('sys/fs/cgroup/cgroup.controllers', 'cpu memory\n');
  expect(agentExclusion(machine)).toEqual({ kind: 'cgroup', path: 'system.slice/heimdall.service' });
});

it.each([
  ['a terminal, whose group holds other programs as well', '0::/user.slice/user-0.slice/session-3.scope\n'],
  ['the service of somebody else', '0::/system.slice/cron.service\n'],
  ['the root of all groups', '0::/\n'],
  ['a name that would end the text of the rule', '0::/system.slice/heimdall"x.service\n'],
  ['version 1', '4:memory:/heimdall.service\n'],
])('tells it by its user in %s', (_, text) => {
  const { machine, write } = strictMachine();
  write('sys/fs/cgroup/cgroup.controllers', '');
  write('proc/self/cgroup', text);
  expect(agentExclusion(machine)).toEqual(root);
});

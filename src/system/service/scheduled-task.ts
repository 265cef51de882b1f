// The agent as a scheduled task of Windows: started at logon of this user, started again when it fails.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';

const name = 'Heimdall agent';
const absent = 'absent';
const present = 'present';

export function scheduledTask(machine: SetupMachine): SetupSurface {
  const { run, dataDir } = machine;
  return {
    id: 'service.task',
    group: 'service',
    life: 'lasting',
    what: `Scheduled task “${name}” of this user`,
    to: 'the agent starts when you log on and is started again when it fails',
    wanted: () => present,
    obstacle: () => Promise.resolve(undefined),
    read: async () => ((await run('schtasks.exe', ['/Query', '/TN', name])).code === 0 ? present : absent),
    write: async (value) => {
      if (value === absent) {
        mustSucceed('Removing the scheduled task', await run('schtasks.exe', ['/Delete', '/TN', name, '/F']));
        return;
      }
      const file = join(dataDir, 'task.xml');
      // The tool reads UTF-16 with its mark; anything else it calls malformed.
      writeFileSync(file, `\uFEFF${taskText(machine)}`, 'utf16le');
      try {
        mustSucceed('Making the scheduled task', await run('schtasks.exe', ['/Create', '/TN', name, '/XML', file, '/F']));
      } finally {
        rmSync(file, { force: true });
      }
    },
  };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export function taskText({ program, dataDir, env }: Pick<SetupMachine, 'program' | 'dataDir' | 'env'>): string {
  const user = [env['USERDOMAIN'], env['USERNAME']].filter((part) => part !== undefined && part !== '').join('\\');
  const words = ['run', '--json', '--data-dir', dataDir];
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Governs the AI traffic of this user.</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled><UserId>${escaped(user)}</UserId></LogonTrigger></Triggers>
  <Principals><Principal id="Author"><UserId>${escaped(user)}</UserId><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Hidden>true</Hidden>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>${escaped(program.node)}</Command><Arguments>${escaped([program.entry, ...words].map((word) => `"${word}"`).join(' '))}</Arguments></Exec>
  </Actions>
</Task>
`;
}

// The agent as a systemd service of the user: started with the session, started again when it fails, and followed by a restore however it ends.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemPath } from '../surface.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';
import { linkFile } from './link-file.ts';

const name = 'heimdall.service';

export function systemdSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  const folder = join(configFolder(machine), 'systemd', 'user');
  const unit = join(folder, name);
  const link = join(folder, 'default.target.wants', name);
  const base = { group: 'service', life: 'lasting', obstacle: () => Promise.resolve(obstacle(machine)) } as const;
  const reload = async (): Promise<void> => {
    // Without a session bus nothing runs that would have to be told; the next session reads the folder itself.
    await machine.run('systemctl', ['--user', 'daemon-reload']);
  };
  const file = textFile({ id: `service.systemd:${unit}`, file: unit, edit: () => unitText(machine), strip: () => '' });
  return [
    {
      ...file,
      ...base,
      write: async (value) => {
        await file.write(value);
        await reload();
      },
      what: `Service of this user (${unit})`,
      to: 'the agent starts with your session and is started again when it fails; when it ends, what names its port is taken back',
    },
    {
      ...linkFile(`service.systemd:${link}`, link, unit),
      ...base,
      what: `The service is switched on (${link})`,
      to: 'a link to the service',
    },
  ];
}

function configFolder({ env, home }: SetupMachine): string {
  const named = env['XDG_CONFIG_HOME'];
  return named?.startsWith('/') === true ? named : join(home, '.config');
}

function obstacle(machine: SetupMachine): string | undefined {
  const isHere = ['/lib/systemd/systemd', '/usr/lib/systemd/systemd'].some((path) => existsSync(systemPath(machine, path)));
  return isHere ? undefined : 'This system has no systemd. Start the agent with the session another way: `heimdall run`, or the tray app at login (Settings).';
}

/** One argument of a unit file: percent signs are specifiers there, and dollars variables. */
const quoted = (text: string): string =>
  `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')}"`;

function unitText({ program, dataDir }: Pick<SetupMachine, 'program' | 'dataDir'>): string {
  const start = (...args: readonly string[]): string => [program.node, program.entry, ...args, '--data-dir', dataDir].map(quoted).join(' ');
  return `# Written by \`heimdall setup --service\`; \`heimdall setup --undo --only service\` takes it away.
[Unit]
Description=Heimdall: governs the AI traffic of this user
After=network-online.target

[Service]
ExecStart=${start('run', '--json')}
StandardOutput=null
# Whatever ended it: nothing may point at a port where nobody listens.
ExecStopPost=${start('restore', '--live')}
Restart=on-failure
RestartSec=2
# The watchdog outlives the agent and goes by itself.
KillMode=mixed
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
UMask=0077

[Install]
WantedBy=default.target
`;
}

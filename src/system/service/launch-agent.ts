// The agent as a LaunchAgent of macOS: started with the session, kept alive, told to launchd at once.
import { join } from 'node:path';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';

const label = 'org.heimdall.agent';

export function launchAgentSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  const file = join(machine.home, 'Library', 'LaunchAgents', `${label}.plist`);
  const plist = textFile({ id: `service.launchd:${file}`, file, edit: () => plistText(machine), strip: () => '' });
  return [
    {
      ...plist,
      write: async (value) => {
        const domain = `gui/${await userId(machine)}`;
        // Out with the one launchd knows, whatever it says: a job that is not loaded cannot be taken out.
        await machine.run('/bin/launchctl', ['bootout', `${domain}/${label}`]);
        await plist.write(value);
        const isThere = typeof value === 'object' && value !== null && 'text' in value;
        if (isThere) await machine.run('/bin/launchctl', ['bootstrap', domain, file]);
      },
      group: 'service',
      life: 'lasting',
      what: `LaunchAgent of this user (${file})`,
      to: 'the agent starts with your session and is kept alive',
      obstacle: () => Promise.resolve(undefined),
    },
  ];
}

async function userId({ run }: SetupMachine): Promise<string> {
  return (await run('/usr/bin/id', ['-u'])).stdout.trim();
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** launchd has nothing that runs after a job has ended: what a crash leaves is taken back by the watchdog, and by the agent that is started next. */
export function plistText({ program, dataDir }: Pick<SetupMachine, 'program' | 'dataDir'>): string {
  const words = [program.node, program.entry, 'run', '--json', '--data-dir', dataDir];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${escaped(word)}</string>`).join('\n')}
  </array>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ProcessType</key><string>Interactive</string>
  <key>StandardOutPath</key><string>/dev/null</string>
  <key>Umask</key><integer>63</integer>
</dict>
</plist>
`;
}

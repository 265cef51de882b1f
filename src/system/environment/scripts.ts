// The scripts that the blocks in start files read: there only while the agent listens.
import { basename, join } from 'node:path';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';
import { fishScript } from './fish-script.ts';
import { posixScript } from './posix-script.ts';
import { powershellScript } from './powershell-script.ts';

const scripts = { 'env.sh': posixScript, 'env.fish': fishScript, 'env.ps1': powershellScript } as const;

export const scriptFile = ({ dataDir }: Pick<SetupMachine, 'dataDir'>, name: keyof typeof scripts): string => join(dataDir, name);

const names = (machine: SetupMachine): readonly (keyof typeof scripts)[] =>
  machine.platform === 'win32' ? ['env.ps1', 'env.sh'] : ['env.sh', 'env.fish', 'env.ps1'];

export function scriptSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  return names(machine).map((name) => {
    const file = scriptFile(machine, name);
    return {
      ...textFile({
        id: `environment.script:${file}`,
        file,
        edit: () => scripts[name](machine, file),
        // The file is ours alone: nothing in it is anyone else's.
        strip: () => '',
        mode: 0o600,
      }),
      group: 'environment',
      life: 'live',
      what: `Script ${basename(file)} for new shells (${file})`,
      to: 'variables that name the proxy and the certificate bundles, joined with those you have set',
      obstacle: () => Promise.resolve(undefined),
    };
  });
}

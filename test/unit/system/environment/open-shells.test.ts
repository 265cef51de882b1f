import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { environmentSurfaces } from '../../../../src/system/environment/surfaces.ts';
import type { SetupMachine } from '../../../../src/system/surface.ts';
import { place, withShells } from './machine.ts';
import type { Place } from './machine.ts';

/** Types the lines into an interactive shell; each `see <name>` keeps what a program sees at that moment. */
async function typed(
  shell: string,
  { home }: SetupMachine,
  lines: readonly string[],
  extra: Readonly<Record<string, string>>,
): Promise<(name: string) => readonly string[]> {
  const child = spawn(shell, ['-i'], {
    env: { PATH: process.env.PATH, HOME: home, ...extra },
    cwd: home,
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: 20_000,
  });
  const ended = once(child, 'exit');
  child.stdin.end(`${lines.map((line) => line.replace(/^see (\w+)$/, `env > ${JSON.stringify(home)}/$1`)).join('\n')}\n`);
  await ended;
  return (name) =>
    readFileSync(join(home, name), 'utf8')
      .trim()
      .split('\n')
      .filter((line) => !/^(SHLVL|_|PWD|OLDPWD|HOME)=/.test(line))
      .sort();
}

async function applied(here: Place): Promise<void> {
  withShells(here);
  for (const each of environmentSurfaces(here.machine)) if ((await each.obstacle()) === undefined) await here.ledger.apply(each);
}

const theirs = { NO_PROXY: 'intra.corp', JDK_JAVA_OPTIONS: '-Xmx1g' };

it.each(['bash', 'zsh'])('a %s that stays open loses the variables when the agent stops, and has them again when it is back', async (shell) => {
  const here = await place();
  here.put('.bashrc', "PROMPT_COMMAND='true;'\n");
  await applied(here);
  const script = join(here.machine.dataDir, 'env.sh');
  const lines = [
    'see running',
    `mv ${JSON.stringify(script)} ${JSON.stringify(`${script}.away`)}`,
    'see stopped',
    `mv ${JSON.stringify(`${script}.away`)} ${JSON.stringify(script)}`,
    'see back',
  ];
  const seen = await typed(shell, here.machine, lines, theirs);
  expect(seen('running')).toContain('HTTPS_PROXY=http://127.0.0.1:7465');
  expect(seen('stopped').filter((line) => /proxy|heimdall|java|CERT|_CA_/i.test(line))).toEqual(['JDK_JAVA_OPTIONS=-Xmx1g', 'NO_PROXY=intra.corp']);
  expect(seen('back')).toEqual(seen('running'));
});

it.each(['bash', 'zsh'])('a %s that stays open loses the variables when the agent is killed and leaves its script behind', async (shell) => {
  const agent = spawn('sleep', ['60']);
  onTestFinished(() => void agent.kill('SIGKILL'));
  const here = await place({ agentPid: () => agent.pid });
  await applied(here);
  const seen = await typed(
    shell,
    here.machine,
    ['see running', `kill -9 ${agent.pid ?? 0}; while kill -0 ${agent.pid ?? 0} 2>/dev/null; do sleep 0.05; done`, 'see killed'],
    {},
  );
  expect(seen('running')).toContain('HTTPS_PROXY=http://127.0.0.1:7465');
  expect(seen('killed').filter((line) => /proxy|heimdall|java|CERT/i.test(line))).toEqual([]);
});

// `heimdall watchdog`: what the agent starts beside itself; puts the network back when the agent is gone.
import { join } from 'node:path';
import { watchOver } from '../system/watchdog.ts';
import { createLogger } from '../telemetry/logger.ts';
import { dataDirOf } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandSpec } from './command.ts';
import { openSetup } from './machine-setup.ts';

export const watchdog: CommandSpec = {
  name: 'watchdog',
  summary: 'started by the agent: takes back what names its port when the agent dies',
  isHidden: true,
  options: [dataDirOption],
  examples: [['heimdall watchdog', 'reads signs of life from standard input until it ends']],
  run: async (context, input) => {
    const dataDir = dataDirOf(context, input);
    const logger = createLogger({ level: 'info', home: context.home, file: join(dataDir, 'logs', 'watchdog.log') });
    // It must not go with the terminal or the session in which the agent was started.
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
    await watchOver(context.stdin, async (why) => {
      const restored = await openSetup(context, dataDir)?.suspend();
      logger.info('the agent is gone; what named its port was taken back', { why, restored: restored ?? [] });
    });
    logger.close();
    return 'ok';
  },
};

// `heimdall run`: starts the agent in this terminal, says how to use it, and prints one line per exchange until it is stopped.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { startAgent } from '../agent.ts';
import type { Agent } from '../agent.ts';
import { loadSettings } from '../config/settings.ts';
import type { LoadedSettings } from '../config/settings.ts';
import type { AuditRow } from '../contract/audit.ts';
import { AgentError, codeOf, messageOf } from '../contract/errors.ts';
import type { AgentStatus } from '../contract/status.ts';
import { findPortHolder } from '../system/port-holder.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { Logger, LogLevel } from '../telemetry/logger.ts';
import { bannerLines } from './banner.ts';
import { dataDirOption, wholeNumber } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import type { ExitName } from './exit-codes.ts';
import { livePrinter } from './exchange-line.ts';
import { lastResort } from './last-resort.ts';
import { counted } from './output.ts';
import { countersText } from './status.ts';
import { stopSignal } from './stop-signal.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[];

export const run: CommandSpec = {
  name: 'run',
  summary: 'start the agent in this terminal; nothing on the machine is changed',
  options: [
    { flags: '--port <port>', description: 'listen here on 127.0.0.1 and ::1; 0 picks a free port', parse: wholeNumber(0, 65_535) },
    { flags: '--settings <file>', description: 'settings file in place of the usual one' },
    { flags: '--policy <file>', description: 'policy file in place of the one in the settings' },
    { flags: '--log-level <level>', description: 'how much the log file in the data folder tells', choices: logLevels },
    dataDirOption,
  ],
  examples: [
    ['heimdall run', 'with the settings of this machine, or the built-in simulator where there are none'],
    ['heimdall run --port 0 --data-dir /tmp/heimdall-try', 'beside another agent, without a trace in the usual places'],
    ['HEIMDALL_GATEWAY_URL=https://gateway.example.com heimdall run --policy policy.yaml', 'through a gateway, with a policy'],
    ['heimdall run --json', 'events as JSON lines: started, row, stopped'],
  ],
  run: async (context, input) => {
    const loaded = settingsFrom(context, input);
    const logger = openLog(context, loaded);
    const resort = lastResort((error) => {
      logger.error('crash', { error });
      context.err.line(`heimdall: a fault stopped the agent (${messageOf(error)}). Its log has the details; please report it.`);
    });
    try {
      const agent = await start(context, loaded, logger);
      return await attend(context, input, loaded, { agent, fault: resort.fault });
    } finally {
      resort.release();
      logger.close();
    }
  },
};

function settingsFrom(context: CommandContext, input: CommandInput): LoadedSettings {
  const [port, policyFile] = [input.number('port'), input.text('policy')];
  const level = logLevels.find((each) => each === input.text('logLevel'));
  return loadSettings({
    ...context,
    settingsFile: input.text('settings'),
    dataDir: input.text('dataDir'),
    overrides: {
      ...(port === undefined ? {} : { port }),
      ...(policyFile === undefined ? {} : { policyFile }),
      ...(level === undefined ? {} : { log: { level } }),
    },
  });
}

function openLog({ home }: CommandContext, { settings, dataDir }: LoadedSettings): Logger {
  const options = { level: settings.log.level, home };
  try {
    return createLogger({ ...options, file: join(dataDir, 'logs', 'heimdall.log') });
  } catch {
    return createLogger(options); // the data folder cannot be used: the agent itself says so, with the reason
  }
}

async function start(context: CommandContext, loaded: LoadedSettings, logger: Logger): Promise<Agent> {
  try {
    return await startAgent({ loaded, logger, platform: context.platform, env: context.env });
  } catch (error) {
    logger.error('start failed', { error });
    if (codeOf(error) === 'policy-invalid') {
      const advice = 'No earlier good copy is kept, so the agent was not started. Correct the file; `heimdall policy check FILE` tells what is wrong.';
      throw new AgentError('policy-invalid', `${messageOf(error)}. ${advice}`, { cause: error });
    }
    if (codeOf(error) !== 'port-busy') throw error;
    const advice = 'Stop it, choose another port with --port, or let Heimdall choose with portFallback: true in the settings.';
    throw new AgentError('port-busy', `${messageOf(error)} ${await holderText(context, loaded.settings.port)}${advice}`, { cause: error });
  }
}

interface Attended {
  readonly agent: Agent;
  readonly fault: Promise<unknown>;
}

/** Serves until a signal, a stop over control, or a fault that nobody caught. */
async function attend(context: CommandContext, input: CommandInput, loaded: LoadedSettings, { agent, fault }: Attended): Promise<ExitName> {
  const signal = stopSignal();
  const voice = input.json ? jsonVoice(context) : plainVoice(context, loaded.dataDir);
  const stopListening = agent.onRows((rows) => rows.forEach(voice.row));
  try {
    const wanted = loaded.settings.port;
    const moved =
      wanted !== 0 && agent.port !== wanted
        ? `Port ${wanted} was busy. ${await holderText(context, wanted)}Heimdall listens on ${agent.port} instead.`
        : undefined;
    voice.started(agent.status(), moved);
    const reason = await Promise.race([signal.received, agent.stopped.then(() => undefined), fault.then(() => 'a fault')]);
    const last = reason === undefined ? undefined : agent.status();
    if (reason !== undefined) await agent.stop();
    voice.stopped(last, reason);
    const end = lossAtEnd(context, agent.status());
    return reason === 'a fault' ? 'fault' : end;
  } finally {
    stopListening();
    signal.release();
  }
}

/** Rows that the audit log could not take to the end go with this process: that is said, never passed over. */
function lossAtEnd({ err }: CommandContext, { audit }: AgentStatus): ExitName {
  if (audit.pending === 0) return 'ok';
  const advice = 'Free space on the disk, or correct the permissions of the data folder, before you start it again.';
  err.line(`${err.paint('red', 'error')}: ${counted(audit.pending, 'row')} could not be written to ${audit.file} and are lost. ${advice} (audit-unusable)`);
  return 'failure';
}

async function holderText({ platform }: CommandContext, port: number): Promise<string> {
  const exec = (file: string, args: readonly string[]): Promise<string> =>
    new Promise((resolve) => execFile(file, args, { timeout: 3_000, windowsHide: true }, (_error, stdout) => resolve(stdout)));
  const holder = await findPortHolder(port, { platform, exec });
  return holder === undefined ? '' : `${holder.name === '' ? 'A program' : holder.name} (process ${holder.pid}) holds it. `;
}

/** What is said while the agent runs. */
interface Voice {
  started(status: AgentStatus, moved: string | undefined): void;
  readonly row: (row: AuditRow) => void;
  /** `last` is absent when the agent was stopped over control. */
  stopped(last: AgentStatus | undefined, signal: string | undefined): void;
}

function plainVoice(context: CommandContext, dataDir: string): Voice {
  const { out, now } = context;
  const table = livePrinter(out);
  let isFirst = true;
  return {
    started: (status, moved) => {
      if (moved !== undefined) out.line(`${out.paint('yellow', moved)}\n`);
      for (const line of bannerLines(status, context, dataDir)) out.line(line);
    },
    row: (row) => {
      if (isFirst) out.line();
      isFirst = false;
      table.row(row);
    },
    stopped: (last, signal) => {
      if (last === undefined) {
        out.line('\nStopped on request over the control socket.');
        return;
      }
      const seconds = Math.round((now() - last.startedAt) / 1000);
      out.line(`\nStopped${signal === undefined ? '' : ` by ${signal}`} after ${seconds} s: ${countersText(last.counters)}. Audit log: ${last.audit.file}`);
    },
  };
}

function jsonVoice({ out }: CommandContext): Voice {
  return {
    started: (status, moved) => out.jsonLine({ event: 'started', status, ...(moved === undefined ? {} : { notice: moved }) }),
    row: (row) => out.jsonLine({ event: 'row', row }),
    stopped: (last, signal) =>
      out.jsonLine({ event: 'stopped', ...(signal === undefined ? {} : { signal }), ...(last === undefined ? {} : { counters: last.counters }) }),
  };
}

// The composition root: makes the rooms, joins them, takes them down again. No logic of its own.
import { MachineCare } from './agent-machine.ts';
import { openPeople } from './agent-people.ts';
import { openRouting } from './agent-routing.ts';
import { AgentStatusBoard } from './agent-status.ts';
import { StrictCapture } from './agent-strict.ts';
import { openTraffic } from './agent-traffic.ts';
import { openAudit } from './audit/log.ts';
import { usageOfToday } from './audit/usage-today.ts';
import { openAuthority } from './ca/authority.ts';
import { interceptedHosts } from './catalog/match.ts';
import { makeDataFolder } from './config/data-folder.ts';
import type { LoadedSettings } from './config/settings.ts';
import { messageOf } from './contract/errors.ts';
import type { AuditRow } from './contract/audit.ts';
import type { AgentStatus } from './contract/status.ts';
import { controlPath } from './control/path.ts';
import { serveControl } from './control/server.ts';
import { agentHandlers } from './handlers/handlers.ts';
import { openActivePolicy } from './policy/active.ts';
import { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { throttled } from './telemetry/throttle.ts';
import { PipelineClock } from './telemetry/pipeline-times.ts';
import { version } from './contract/version.ts';

export interface AgentOptions {
  readonly loaded: LoadedSettings;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where paths of the machine outside the home start; only tests give one. */
  readonly machineRoot?: string;
}

export interface Agent {
  readonly port: number;
  readonly controlPath: string;
  status(): AgentStatus;
  /** Rows once they are on the disk. Returns the unsubscriber. */
  onRows(listener: (rows: readonly AuditRow[]) => void): () => void;
  /** Settles when the agent has stopped, by `stop` here or over control. */
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

/** How often watchers hear of changed figures. */
const figuresMs = 500;

/** @throws AgentError when the agent cannot start: already-running, data-folder, port-busy, policy-invalid, audit-unusable … Nothing is left behind then. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const undo: (() => unknown)[] = [];
  try {
    return await assemble(options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function assemble(options: AgentOptions, undo: (() => unknown)[]): Promise<Agent> {
  const { loaded, logger } = options;
  const { settings, dataDir } = loaded;
  const health = new Health();
  for (const concern of loaded.concerns) health.raise(concern.code, concern.detail);
  makeDataFolder(dataDir);

  const board = new AgentStatusBoard({ health, version });
  const strict = new StrictCapture(options);
  const machine = new MachineCare({ ...options, board, strict });
  let announceStop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (announceStop = resolve));
  const { handlers, connect } = agentHandlers({
    ...options,
    board,
    health,
    machine,
    stop: () => void stop(),
    emit: (event, data) => control.emit(event, data),
  });
  const path = controlPath(dataDir, options.platform, options.env);
  // First of all, so that a second agent on the same folder stops here and touches nothing.
  const control = await serveControl({
    path,
    handlers,
    snapshot: () => board.snapshot(),
    version,
    onFault: (method, error) => logger.error('control fault', { method, error: messageOf(error) }),
  });
  undo.push(() => control.close());
  await machine.clear();

  const audit = await openAudit({ dir: dataDir, retentionDays: settings.audit.retentionDays, onTrouble: (trouble) => board.auditTrouble(trouble) });
  undo.push(() => audit.close());
  const today = await usageOfToday(audit.reading);
  const policy = openActivePolicy({
    file: settings.policyFile,
    dataDir,
    fingerprint: (value) => audit.fingerprint(value),
    onChange: () => {
      board.policyChanged(policy);
      people.content.policyChanged();
    },
  });
  undo.push(() => policy.close());
  const people = openPeople({ policy, control, audit, dataDir });
  const authority = await openAuthority({ dir: dataDir, permitted: interceptedHosts() });
  if (authority.renewed !== undefined) health.raise('ca-renewed', authority.renewed);
  for (const warning of authority.warnings) logger.warn('ca', { warning });

  const routing = await openRouting({ ...options, board, undo });
  const pipeline = new PipelineClock();
  const rooms = { audit, authority, policy, people, routing };
  const listener = await openTraffic({ ...options, ...rooms, board, pipeline, strict, undo, systemProxy: () => machine.systemProxy() });
  if (settings.port !== 0 && listener.port !== settings.port) health.raise('port-fallback', `${settings.port} is taken; ${listener.port} is used`);

  board.connect({ listener, authority, policy, audit, pipeline, today, routing, questions: people.questions });
  connect(rooms);
  undo.push(() => machine.suspend());
  void machine.resume();
  undo.push(health.onChange(() => control.emit('status.changed', board.status())));
  const figures = throttled(figuresMs, () => control.emit('status.changed', board.status()));
  undo.push(() => figures.cancel());
  undo.push(
    audit.onAppended((rows) => {
      control.emit('audit.appended', rows);
      figures();
    }),
  );
  health.enter('running');
  logger.info('agent started', { port: listener.port, targets: routing.services.targets.map((target) => target.id), policy: policy.source });

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= takeDown());
  const takeDown = async (): Promise<void> => {
    health.enter('off');
    for (const step of undo.reverse()) await step();
    logger.info('agent stopped');
    announceStop();
  };
  return { port: listener.port, controlPath: path, status: () => board.status(), onRows: (rowListener) => audit.onAppended(rowListener), stopped, stop };
}

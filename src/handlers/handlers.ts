// Answers the control contract from the rooms of the running agent; joins the answers of each subject.
import type { People } from '../agent-people.ts';
import type { MachineCare } from '../agent-machine.ts';
import type { AgentStatusBoard } from '../agent-status.ts';
import type { AuditLog } from '../audit/log.ts';
import type { Authority } from '../ca/authority.ts';
import type { LoadedSettings } from '../config/settings.ts';
import type { EventData, EventName, Handlers } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import type { ActivePolicy } from '../policy/active.ts';
import type { Health } from '../telemetry/health.ts';
import type { Logger } from '../telemetry/logger.ts';
import { agentAnswers } from './agent-answers.ts';
import { auditAnswers } from './audit-answers.ts';
import { machineAnswers } from './machine-answers.ts';
import type { Routing } from '../agent-routing.ts';
import { policyAnswers } from './policy-answers.ts';
import { targetAnswers } from './target-answers.ts';

export interface HandlerOptions {
  readonly board: AgentStatusBoard;
  readonly health: Health;
  readonly machine: MachineCare;
  readonly logger: Logger;
  readonly loaded: LoadedSettings;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stop: () => void;
  readonly emit: <E extends EventName>(event: E, data: EventData<E>) => void;
}

export interface Rooms {
  readonly audit: AuditLog;
  readonly authority: Authority;
  readonly policy: ActivePolicy;
  readonly people: People;
  readonly routing: Routing;
}

/** What each subject's answers are made from: the options, and the rooms once they stand. */
export interface AnswerContext extends HandlerOptions {
  /** Throws `control-failed` until `connect` has given them. */
  readonly rooms: () => Rooms;
}

/** Handlers that answer `control-failed` until `connect` has given them the rooms. */
export function agentHandlers(options: HandlerOptions): { handlers: Handlers; connect: (rooms: Rooms) => void } {
  let standing: Rooms | undefined;
  const rooms = (): Rooms => {
    if (!standing) throw new AgentError('control-failed', 'The agent is still starting; try again in a moment.');
    return standing;
  };
  const context: AnswerContext = { ...options, rooms };
  const handlers: Handlers = {
    ...agentAnswers(context),
    ...auditAnswers(context),
    ...policyAnswers(context),
    ...machineAnswers(context),
    ...targetAnswers(context),
  };
  const connect = (found: Rooms): void => {
    standing = found;
  };
  return { handlers, connect };
}

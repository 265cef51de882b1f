// Answers the control contract from the rooms of the running agent.
import type { AgentStatusBoard } from './agent-status.ts';
import type { AuditLog } from './audit/log.ts';
import { noteRecord } from './audit/note.ts';
import type { Authority } from './ca/authority.ts';
import type { Handlers } from './contract/control.ts';
import { AgentError } from './contract/errors.ts';
import type { ActivePolicy } from './policy/active.ts';
import type { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';

export interface HandlerOptions {
  readonly board: AgentStatusBoard;
  readonly health: Health;
  readonly logger: Logger;
  readonly stop: () => void;
}

interface Rooms {
  readonly audit: AuditLog;
  readonly authority: Authority;
  readonly policy: ActivePolicy;
}

/** Handlers that answer `control-failed` until `connect` has given them the rooms. */
export function agentHandlers(options: HandlerOptions): { handlers: Handlers; connect: (rooms: Rooms) => void } {
  let standing: Rooms | undefined;
  const rooms = (): Rooms => {
    if (!standing) throw new AgentError('control-failed', 'The agent is still starting; try again in a moment.');
    return standing;
  };
  const note = (text: string): void => rooms().audit.append(noteRecord(text, Date.now()));
  const handlers: Handlers = {
    'status.get': () => options.board.status(),
    'audit.query': (filter) => rooms().audit.query(filter),
    'audit.verify': () => rooms().audit.verify(),
    'audit.fingerprint': ({ value }) => ({ fingerprint: rooms().audit.fingerprint(value) }),
    'ca.get': () => ({ ...rooms().authority.info }),
    'policy.get': () => {
      const { policy } = rooms();
      return { revision: policy.current.revision, source: policy.source, policy: policy.policy, rejected: policy.rejected };
    },
    'agent.pause': ({ minutes }) => {
      note(`Paused for ${minutes} minutes over the control socket: AI calls are tunnelled unread.`);
      options.board.pause(minutes, () => note('The pause is over: AI calls are governed again.'));
      return options.board.status();
    },
    'agent.resume': () => {
      note('Resumed over the control socket.');
      options.board.resume();
      return options.board.status();
    },
    'agent.stop': () => {
      options.logger.info('stop asked over control');
      // After the answer has left.
      setImmediate(options.stop);
      return { stopping: true };
    },
  };
  return { handlers, connect: (found) => (standing = found) };
}

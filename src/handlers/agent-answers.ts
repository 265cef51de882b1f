// Answers about the agent itself: status, pause, stop, its certificate authority.
import { noteRecord } from '../audit/note.ts';
import type { Handlers } from '../contract/control.ts';
import { policyOrigin } from '../policy/parts.ts';
import { mayPause, mayQuit } from '../policy/user-rights.ts';
import type { AnswerContext } from './handlers.ts';

export function agentAnswers(context: AnswerContext): Pick<Handlers, 'status.get' | 'ca.get' | 'agent.pause' | 'agent.resume' | 'agent.stop'> {
  const { board, loaded, logger, rooms, stop } = context;
  const note = (text: string): void => rooms().audit.append(noteRecord(text, Date.now()));
  return {
    'status.get': () => board.status(),
    'ca.get': () => ({ ...rooms().authority.info }),
    'agent.pause': ({ minutes }) => {
      mayPause(rooms().policy.policy, policyOrigin(loaded), minutes);
      note(`Paused for ${minutes} minutes over the control socket: AI calls are tunnelled unread.`);
      board.pause(minutes, () => note('The pause is over: AI calls are governed again.'));
      return board.status();
    },
    'agent.resume': () => {
      note('Resumed over the control socket.');
      board.resume();
      return board.status();
    },
    'agent.stop': ({ restart }) => {
      if (!restart) mayQuit(rooms().policy.policy, policyOrigin(loaded));
      logger.info('stop asked over control');
      // After the answer has left.
      setImmediate(stop);
      return { stopping: true };
    },
  };
}

// Answers about policy: what is in force, trials, questions to the person at the screen, apps, kept content.
import type { Handlers } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import { appAnswers } from './app-answers.ts';
import type { AnswerContext } from './handlers.ts';

export function policyAnswers(
  context: AnswerContext,
): Pick<Handlers, 'policy.get' | 'policy.try' | 'ask.answer' | 'apps.list' | 'apps.decide' | 'content.get'> {
  const { rooms } = context;
  const later = (): never => {
    throw new AgentError('control-failed');
  };
  return {
    'policy.get': () => {
      const { policy } = rooms();
      return { revision: policy.current.revision, source: policy.source, policy: policy.policy, rejected: policy.rejected, origin: 'default', parts: [] };
    },
    'policy.try': later,
    'ask.answer': ({ id, answer, justification }) => {
      rooms().people.questions.answer(id, answer, justification);
      return { answered: true };
    },
    ...appAnswers(context),
    'content.get': ({ id }) => rooms().people.content.answer(id),
  };
}

// Answers about policy: what is in force, trials, questions to the person at the screen, kept content.
import { matchHost } from '../catalog/match.ts';
import { recognise } from '../catalog/recognise.ts';
import type { Handlers } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import { dialectOf } from '../dialects/registry.ts';
import { deniedRule } from '../policy/app-decisions.ts';
import { policyOrigin, policyParts } from '../policy/parts.ts';
import { tryRecord, tryRequest } from '../policy/trial.ts';
import type { TrialRooms } from '../policy/trial.ts';
import { appAnswers } from './app-answers.ts';
import { auditAnswers } from './audit-answers.ts';
import type { AnswerContext } from './handlers.ts';

type PolicyMethod = 'policy.get' | 'policy.try' | 'ask.answer' | 'apps.list' | 'apps.decide' | 'content.get';

export function policyAnswers(context: AnswerContext): Pick<Handlers, PolicyMethod> {
  const { loaded, rooms } = context;
  const audit = auditAnswers(context);
  const trialRooms = (): TrialRooms => {
    const { policy, people } = rooms();
    const denial: TrialRooms['denial'] = (app) => {
      const message = people.apps.refusal(app);
      return message === undefined ? undefined : { rule: deniedRule, message };
    };
    return { policy: policy.policy, matchHost, recognise, dialectOf, denial };
  };
  return {
    'policy.get': () => {
      const { policy } = rooms();
      const origin = policyOrigin(loaded);
      return {
        revision: policy.current.revision,
        source: policy.source,
        policy: policy.policy,
        rejected: policy.rejected,
        origin,
        parts: policyParts(policy.policy, policy.stated, origin),
      };
    },
    'policy.try': async (request) => {
      if ('body' in request) return tryRequest(trialRooms(), request);
      const row = await audit['audit.get']({ id: request.id });
      if (row?.record.kind !== 'exchange') {
        throw new AgentError(
          'control-bad-params',
          `The audit log has no exchange ${request.id}. It may have passed the end of its time; take one from the list.`,
        );
      }
      return tryRecord(trialRooms(), row.record, rooms().people.content.answer(request.id));
    },
    'ask.answer': ({ id, answer, justification }) => {
      rooms().people.questions.answer(id, answer, justification);
      return { answered: true };
    },
    'content.get': ({ id }) => rooms().people.content.answer(id),
    ...appAnswers(context),
  };
}

// Answers about targets: why each gets its share, draining, probing, weights.
import { noteRecord } from '../audit/note.ts';
import type { Handlers } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import type { AnswerContext } from './handlers.ts';

export function targetAnswers(context: AnswerContext): Pick<Handlers, 'targets.explain' | 'targets.drain' | 'targets.probe' | 'targets.weigh'> {
  const { board, rooms } = context;
  const note = (text: string): void => rooms().audit.append(noteRecord(text, Date.now()));
  const known = (id: string): void => {
    const ids = rooms().routing.services.targets.map((target) => target.id);
    if (!ids.includes(id)) throw new AgentError('unknown-target', `There is no target ${JSON.stringify(id)}. There are: ${ids.join(', ')}.`);
  };
  return {
    'targets.explain': () => rooms().routing.balancer.explain(),
    'targets.drain': ({ target, drained }) => {
      known(target);
      rooms().routing.balancer.drain(target, drained);
      note(
        drained
          ? `The target ${target} was drained over the control socket: it gets no new calls.`
          : `The target ${target} was taken back over the control socket.`,
      );
      return board.status();
    },
    'targets.probe': ({ target }) => {
      if (target !== undefined) known(target);
      return rooms().routing.probe(target);
    },
    'targets.weigh': ({ route, target, weight }) => {
      known(target);
      const { balancer } = rooms().routing;
      if (!balancer.weigh(route, target, weight))
        throw new AgentError('unknown-target', `The target ${JSON.stringify(target)} stands nowhere in a route ${JSON.stringify(route)}.`);
      note(`The weight of ${target} in the route ${route} was set to ${weight} over the control socket.`);
      return balancer.explain();
    },
  };
}

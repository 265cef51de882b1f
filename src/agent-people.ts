// What the person at the screen takes part in: questions that wait for them, and what left the machine, for them to read.
import type { AskQuestion } from './contract/ask.ts';
import type { ActivePolicy } from './policy/active.ts';
import { ContentKeeper } from './policy/kept-content.ts';
import { Questions } from './proxy/questions.ts';
import type { ControlServer } from './control/server.ts';

export interface PeopleOptions {
  readonly policy: ActivePolicy;
  readonly control: ControlServer;
}

export interface People {
  readonly questions: Questions;
  readonly content: ContentKeeper;
}

export function openPeople({ policy, control }: PeopleOptions): People {
  const emit = (event: 'ask.opened' | 'ask.closed', question: AskQuestion): void => {
    if (event === 'ask.opened') control.emit(event, question);
    else control.emit(event, { id: question.id });
  };
  return { questions: new Questions({ emit, hasAskers: () => control.askers > 0 }), content: new ContentKeeper(() => policy.policy.content) };
}

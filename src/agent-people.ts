// What the person at the screen takes part in: questions that wait for them, and what left the machine, for them to read.
import { AppUsage } from './audit/app-usage.ts';
import type { AuditLog } from './audit/log.ts';
import { noteRecord } from './audit/note.ts';
import type { AskQuestion } from './contract/ask.ts';
import type { CompiledPolicy } from './contract/policy.ts';
import type { ControlServer } from './control/server.ts';
import type { ActivePolicy } from './policy/active.ts';
import { AppDecisions } from './policy/app-decisions.ts';
import { ContentKeeper } from './policy/kept-content.ts';
import { Questions } from './proxy/questions.ts';

export interface PeopleOptions {
  readonly policy: ActivePolicy;
  readonly control: ControlServer;
  readonly audit: AuditLog;
  readonly dataDir: string;
}

export interface People {
  readonly questions: Questions;
  readonly content: ContentKeeper;
  readonly apps: AppDecisions;
  readonly usage: AppUsage;
  /** The policy in force, with the denied apps in front of its rules. */
  guarded(): CompiledPolicy;
  close(): void;
}

export function openPeople({ policy, control, audit, dataDir }: PeopleOptions): People {
  const emit = (event: 'ask.opened' | 'ask.closed', question: AskQuestion): void => {
    if (event === 'ask.opened') control.emit(event, question);
    else control.emit(event, { id: question.id });
  };
  const apps = new AppDecisions(dataDir, () => policy.policy);
  if (apps.setAside !== undefined) audit.append(noteRecord(apps.setAside, Date.now()));
  let guarded = { inner: policy.current, policy: apps.guard(policy.current) };
  const questions = new Questions({ emit, hasAskers: () => control.askers > 0 });
  const usage = new AppUsage(audit);
  return {
    questions,
    content: new ContentKeeper(() => policy.policy.content),
    apps,
    usage,
    close: () => {
      questions.close();
      usage.close();
    },
    guarded: () => {
      if (guarded.inner !== policy.current) guarded = { inner: policy.current, policy: apps.guard(policy.current) };
      return guarded.policy;
    },
  };
}

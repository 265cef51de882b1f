// One step: why, the places it changes with what stands there, the buttons that make or undo them, and what became of it.
import { History } from 'lucide-react';
import { useState } from 'react';
import type { SetupChange, SetupStep } from '../../../src/contract/setup.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import { changeGroups, countOf, summaryOf, withFailures } from './change-groups.ts';
import { ChangeList } from './change-list.tsx';
import css from './first-run.module.css';
import { KeyForm } from './key-form.tsx';
import { Applied, Undone, Working } from './outcome.tsx';

/** Programs of the system may ask the person to confirm, milliseconds. */
const patience = 180_000;

interface StepPanelProps {
  readonly step: SetupStep;
  readonly onChanged: () => void;
}

interface Attempt {
  readonly kind: 'apply' | 'undo';
  readonly answer: SetupStep;
}

export function StepPanel({ step, onChanged }: StepPanelProps) {
  const apply = useAgentAction('setup.apply', patience);
  const undo = useAgentAction('setup.undo', patience);
  const [attempt, setAttempt] = useState<Attempt | undefined>(undefined);
  const words = t.firstRun.steps[step.id];
  const act = async (kind: Attempt['kind']): Promise<void> => {
    undo.clear();
    apply.clear();
    setAttempt(undefined);
    const answer = await (kind === 'apply' ? apply : undo).run({ step: step.id });
    if (answer !== undefined) setAttempt({ kind, answer });
    onChanged();
  };
  const changes = attempt?.kind === 'apply' ? withFailures(step.changes, attempt.answer.changes) : step.changes;
  const isOfMachine = step.id !== 'key';
  const isWorking = apply.running || undo.running;
  return (
    <section aria-label={words.title} className={css['step']}>
      <p className={css['why']}>{words.why}</p>
      <div className={css['changesHead']}>
        <h2 className={css['changesTitle']}>{t.firstRun.changes}</h2>
        {isOfMachine && changeGroups(changes).length > 1 ? <p className={css['count']}>{summaryOf(changes)}</p> : null}
      </div>
      <ChangeList changes={changes} />
      {changes.some(({ life }) => life === 'live') ? (
        <p className={css['liveWhy']}>
          <strong>“{t.firstRun.live}”:</strong> {t.firstRun.liveWhy}
        </p>
      ) : null}
      {step.id === 'key' && step.state !== 'unavailable' ? <KeyForm step={step} onChanged={onChanged} /> : null}
      {isWorking ? <Working text={apply.running ? t.firstRun.working : t.firstRun.undoing} /> : null}
      {isWorking || attempt === undefined ? null : attempt.kind === 'undo' ? (
        <Undone changes={attempt.answer.changes} />
      ) : (
        <Applied changes={changes} tellsToRestart={step.id === 'capture'} />
      )}
      <Buttons id={step.id} changes={changes} doing={apply.running ? 'apply' : undo.running ? 'undo' : undefined} onAct={(kind) => void act(kind)} />
      <ActionError error={apply.error ?? undo.error} />
    </section>
  );
}

interface ButtonsProps {
  readonly id: SetupStep['id'];
  readonly changes: readonly SetupChange[];
  readonly doing: Attempt['kind'] | undefined;
  readonly onAct: (kind: Attempt['kind']) => void;
}

function Buttons({ id, changes, doing, onAct }: ButtonsProps) {
  const open = countOf(changes, 'not-done', 'failed', 'changed-by-others');
  const canApply = id !== 'key' && open > 0;
  const canUndo = countOf(changes, 'done', 'waiting', 'changed-by-others') > 0;
  return (
    <div className={css['buttons']}>
      {canApply || doing === 'apply' ? (
        <Button kind="primary" busy={doing === 'apply'} disabled={doing === 'undo'} onClick={() => onAct('apply')}>
          {applyWords(id, changes)}
        </Button>
      ) : null}
      {canUndo || doing === 'undo' ? (
        <Button icon={History} busy={doing === 'undo'} disabled={doing === 'apply'} onClick={() => onAct('undo')}>
          {t.firstRun.undo}
        </Button>
      ) : null}
    </div>
  );
}

function applyWords(id: SetupStep['id'], changes: readonly SetupChange[]): string {
  if (countOf(changes, 'failed') > 0 && countOf(changes, 'not-done', 'changed-by-others') === 0) return t.firstRun.tryAgain;
  return countOf(changes, 'done', 'waiting') > 0 ? t.firstRun.applyRest : t.firstRun.steps[id].apply;
}

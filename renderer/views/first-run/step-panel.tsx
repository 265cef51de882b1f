// One step: why, the list of its changes with what stands where, and the buttons that make or undo them.
import { Check, CircleDashed, CircleSlash, History, TriangleAlert } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { SetupChange, SetupStep } from '../../../src/contract/setup.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import css from './first-run.module.css';
import { KeyForm } from './key-form.tsx';

const looks: Readonly<Record<SetupChange['state'], { readonly tone: Tone; readonly icon: LucideIcon }>> = {
  'not-done': { tone: 'info', icon: CircleDashed },
  done: { tone: 'good', icon: Check },
  'changed-by-others': { tone: 'warn', icon: TriangleAlert },
  unavailable: { tone: 'idle', icon: CircleSlash },
  waiting: { tone: 'idle', icon: CircleSlash },
  failed: { tone: 'warn', icon: TriangleAlert },
};

/** Programs of the system may ask the person to confirm, milliseconds. */
const patience = 180_000;

interface StepPanelProps {
  readonly step: SetupStep;
  readonly onChanged: () => void;
}

export function StepPanel({ step, onChanged }: StepPanelProps) {
  const apply = useAgentAction('setup.apply', patience);
  const undo = useAgentAction('setup.undo', patience);
  const words = t.firstRun.steps[step.id];
  const act = async (action: typeof apply): Promise<void> => {
    await action.run({ step: step.id });
    onChanged();
  };
  const canApply = step.id !== 'key' && (step.state === 'not-done' || step.state === 'partly');
  const canUndo = step.state === 'done' || step.state === 'partly';
  return (
    <section aria-label={words.title} className={css['step']}>
      <p className={css['why']}>{words.why}</p>
      <h2 className={css['changesTitle']}>{t.firstRun.changes}</h2>
      <ul className={css['changes']}>
        {step.changes.map((change) => (
          <li key={change.what} className={css['change']}>
            <div className={css['changeHead']}>
              <span className={css['what']}>{change.what}</span>
              <Badge tone={looks[change.state].tone} icon={looks[change.state].icon}>
                {t.firstRun.states[change.state]}
              </Badge>
            </div>
            <div className={css['to']}>{change.reason ?? change.to}</div>
          </li>
        ))}
      </ul>
      {step.id === 'key' && step.state !== 'unavailable' ? <KeyForm step={step} onChanged={onChanged} /> : null}
      <div className={css['buttons']}>
        {canApply ? (
          <Button kind="primary" busy={apply.running} onClick={() => void act(apply)}>
            {words.apply}
          </Button>
        ) : null}
        {canUndo ? (
          <Button icon={History} busy={undo.running} onClick={() => void act(undo)}>
            {t.firstRun.undo}
          </Button>
        ) : null}
      </div>
      <ActionError error={apply.error ?? undo.error} />
    </section>
  );
}

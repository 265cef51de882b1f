// One step of the set-up in Settings: its state and counts, the way to its page, and undoing it once that is confirmed.
import { CircleCheck, CircleDashed, CircleSlash, TriangleAlert } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { SetupStep } from '../../../src/contract/setup.ts';
import { go } from '../../navigation.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { Button } from '../../parts/button.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import { changeGroups, countOf, summaryOf } from '../first-run/change-groups.ts';
import { Undone, Working } from '../first-run/outcome.tsx';
import css from './settings.module.css';

const looks: Readonly<Record<SetupStep['state'], { readonly tone: Tone; readonly icon: LucideIcon }>> = {
  done: { tone: 'good', icon: CircleCheck },
  partly: { tone: 'warn', icon: TriangleAlert },
  'not-done': { tone: 'idle', icon: CircleDashed },
  unavailable: { tone: 'idle', icon: CircleSlash },
};
/** Programs of the system may ask the person to confirm, milliseconds. */
const patience = 180_000;
const words = t.settings.machine;

interface MachineRowProps {
  readonly step: SetupStep;
  /** Programs are sent to Heimdall: without trust their calls would fail. */
  readonly capturesNow: boolean;
  readonly onChanged: () => void;
}

export function MachineRow({ step, capturesNow, onChanged }: MachineRowProps) {
  const undo = useAgentAction('setup.undo', patience);
  const [asks, setAsks] = useState(false);
  const [undone, setUndone] = useState<SetupStep | undefined>(undefined);
  const undoButton = useRef<HTMLButtonElement>(null);
  const { title } = t.firstRun.steps[step.id];
  const look = looks[step.state];
  const canUndo = standing(step) > 0;
  const close = (): void => {
    setAsks(false);
    undoButton.current?.focus();
  };
  const confirm = async (): Promise<void> => {
    setAsks(false);
    setUndone(await undo.run({ step: step.id }));
    onChanged();
  };
  const open = (): void => {
    undo.clear();
    setUndone(undefined);
    setAsks(true);
  };
  return (
    <li className={css['row']}>
      <div className={css['line']}>
        <div className={css['words']}>
          <span className={css['label']}>{title}</span>
          <span className={css['hint']}>{step.state === 'unavailable' ? (step.reason ?? summaryOf(step.changes)) : summaryOf(step.changes)}</span>
        </div>
        <div className={css['value']}>
          <Badge tone={look.tone} icon={look.icon}>
            {words.states[step.state]}
          </Badge>
          <Button size="small" aria-label={`${words.look(step.state)}: ${title}`} onClick={() => go('first-run', { step: step.id })}>
            {words.look(step.state)}
          </Button>
          {canUndo || undo.running ? (
            <Button ref={undoButton} size="small" aria-label={`${t.common.undo}: ${title}`} aria-expanded={asks} busy={undo.running} onClick={open}>
              {t.common.undo}
            </Button>
          ) : null}
        </div>
      </div>
      {asks ? <Confirmation step={step} warns={step.id === 'trust' && capturesNow} onConfirm={() => void confirm()} onCancel={close} /> : null}
      {undo.running ? <Working text={t.firstRun.undoing} /> : null}
      {undone === undefined || undo.running ? null : <Undone changes={undone.changes} />}
      <ActionError error={undo.error} />
    </li>
  );
}

/** What undoing would touch. */
const standing = ({ changes }: SetupStep): number => countOf(changes, 'done', 'waiting', 'changed-by-others');

interface ConfirmationProps {
  readonly step: SetupStep;
  readonly warns: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

function Confirmation({ step, warns, onConfirm, onCancel }: ConfirmationProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector<HTMLElement>('button:last-of-type')?.focus(), []);
  const kinds = changeGroups(step.changes)
    .map(({ group, all }) => ({ group, count: countOf(all, 'done', 'waiting', 'changed-by-others') }))
    .filter(({ count }) => count > 0);
  const changedByOthers = countOf(step.changes, 'changed-by-others');
  const title = words.question(t.firstRun.steps[step.id].title, standing(step));
  return (
    <div
      ref={box}
      role="group"
      aria-label={title}
      className={css['confirmation']}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <p className={css['label']}>{title}</p>
      <ul className={css['kinds']}>
        {kinds.map(({ group, count }) => (
          <li key={group}>{words.kind(t.firstRun.groups[group], count)}</li>
        ))}
      </ul>
      <p>{words.consequence[step.id]}</p>
      {changedByOthers > 0 ? <p>{words.keepsOthers(changedByOthers)}</p> : null}
      {warns ? <p className={css['warning']}>{words.trustWhileCapturing}</p> : null}
      <div className={css['answers']}>
        <Button kind="danger" onClick={onConfirm}>
          {words.confirm}
        </Button>
        <Button onClick={onCancel}>{t.common.cancel}</Button>
      </div>
    </div>
  );
}

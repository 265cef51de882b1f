// What became of a step after its button was pressed, from the agent's answer and nothing else.
import { CheckCircle2, TriangleAlert } from 'lucide-react';
import type { SetupChange } from '../../../src/contract/setup.ts';
import { classNames } from '../../class-names.ts';
import { Progress } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { countOf } from './change-groups.ts';
import css from './first-run.module.css';

const words = t.firstRun.outcome;

/** How far it is nobody knows: the agent answers when all places are through. */
export function Working({ text }: { readonly text: string }) {
  return (
    <div className={css['working']}>
      <Progress label={text} value={0} of={undefined} />
      <p role="status">{text}</p>
    </div>
  );
}

export function Applied({ changes, tellsToRestart }: { readonly changes: readonly SetupChange[]; readonly tellsToRestart: boolean }) {
  const [done, waiting, failed, others] = (['done', 'waiting', 'failed', 'changed-by-others'] as const).map((state) => countOf(changes, state));
  const lines = [done ? words.done(done) : waiting ? '' : words.nothing];
  if (waiting) lines.push(words.waiting(waiting));
  if (failed) lines.push(words.failed(failed));
  if (others) lines.push(words.others(others));
  if (done && tellsToRestart) lines.push(words.startAgain);
  return <Told isWell={!failed && !others && Boolean(done || waiting)} text={lines.filter((line) => line !== '').join(' ')} />;
}

export function Undone({ changes }: { readonly changes: readonly SetupChange[] }) {
  const left = countOf(changes, 'done', 'changed-by-others');
  return <Told isWell text={left === 0 ? words.undone : words.remains(left)} />;
}

function Told({ isWell, text }: { readonly isWell: boolean; readonly text: string }) {
  const Icon = isWell ? CheckCircle2 : TriangleAlert;
  return (
    <div className={classNames(css['told'], isWell ? css['well'] : css['unwell'])} role="status">
      <Icon size={16} aria-hidden />
      <p>{text}</p>
    </div>
  );
}

// How far an app is covered: five marks that open into what proved each step, or why it does not hold and what to do.
import { Check, CircleHelp, X } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { Fragment, useState } from 'react';
import { coverageSteps } from '../../../src/contract/coverage.ts';
import type { CoverageStep } from '../../../src/contract/coverage.ts';
import type { AppRow } from '../../../src/contract/usage.ts';
import { classNames } from '../../class-names.ts';
import { Popover } from '../../parts/popover.tsx';
import { t } from '../../strings/en.ts';
import { coverageWords } from './app-table.ts';
import css from './coverage.module.css';

/** A shape for each state: colour never speaks alone. */
const icons: Readonly<Record<CoverageStep['state'], LucideIcon>> = { yes: Check, no: X, unknown: CircleHelp };

export function CoverageCell({ row }: { readonly row: AppRow }) {
  const [open, setOpen] = useState(false);
  const words = t.apps.coverage;
  return (
    <Popover
      label={words.title(row.name)}
      open={open}
      onOpenChange={setOpen}
      align="end"
      trigger={
        <button type="button" className={css['marks']} aria-label={coverageWords(row)}>
          {coverageSteps.map((step) => (
            <Mark
              key={step}
              state={row.coverage[step].state}
              title={`${words.steps[step]}: ${words.states[row.coverage[step].state]}. ${words.meanings[step]}`}
            />
          ))}
        </button>
      }
    >
      {/* It scrolls where the window is low: the keyboard must be able to. */}
      <div className={css['story']} role="group" aria-label={words.title(row.name)} tabIndex={0}>
        <h3 className={css['title']}>{words.title(row.name)}</h3>
        <ol className={css['steps']}>
          {coverageSteps.map((step) => (
            <li key={step} className={css['step']}>
              <Mark state={row.coverage[step].state} />
              <Told name={words.steps[step]} step={row.coverage[step]} />
            </li>
          ))}
        </ol>
      </div>
    </Popover>
  );
}

function Mark({ state, title }: { readonly state: CoverageStep['state']; readonly title?: string }) {
  const Icon = icons[state];
  return (
    <span className={classNames(css['mark'], css[state])} title={title}>
      <Icon size={12} strokeWidth={2.6} aria-hidden />
    </span>
  );
}

function Told({ name, step }: { readonly name: string; readonly step: CoverageStep }) {
  return (
    <div className={css['told']}>
      <div className={css['name']}>
        {name} <span className={css['state']}>{t.apps.coverage.states[step.state]}</span>
      </div>
      {step.reason === undefined ? null : (
        <p>
          <Words text={step.reason} />
        </p>
      )}
      <p className={css['how']}>
        <Words text={step.how} />
      </p>
      {step.fix === undefined ? null : (
        <p className={css['fix']}>
          <b>{t.apps.coverage.fix}</b> <Words text={step.fix} />
        </p>
      )}
    </div>
  );
}

/** Commands stand between backticks. */
function Words({ text }: { readonly text: string }) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>));
}

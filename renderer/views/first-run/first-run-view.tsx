// The first run, and later the set-up: three steps, each saying what it changes before it does, each skippable and undoable.
import { ArrowLeft, ArrowRight, Check } from 'lucide-react';
import { useEffect, useState } from 'react';
import { setupSteps } from '../../../src/contract/setup.ts';
import type { SetupStepId } from '../../../src/contract/setup.ts';
import { classNames } from '../../class-names.ts';
import { go, usePlace } from '../../navigation.ts';
import { ErrorState, Loading } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall, useShellAction } from '../../use-call.ts';
import css from './first-run.module.css';
import { StepPanel } from './step-panel.tsx';

export function FirstRunView() {
  const { step: asked } = usePlace().query;
  const [current, setCurrent] = useState(() =>
    Math.max(
      0,
      setupSteps.findIndex((each) => each === asked),
    ),
  );
  useEffect(() => {
    document.title = `${t.firstRun.title} · ${t.common.productName}`;
  }, []);
  const { data, error, loading, reload } = useAgentCall('setup.get', {}, { timeoutMs: 60_000 });
  const done = useShellAction('preferences.set');
  const id: SetupStepId = setupSteps[current] ?? 'trust';
  const step = data?.find((each) => each.id === id);
  const isLast = current === setupSteps.length - 1;
  const leave = async (): Promise<void> => {
    await done.run({ firstRunDone: true });
    go('status');
  };
  return (
    <main className={css['page']} id="main">
      <div className={css['panel']}>
        <header>
          <h1 className={css['title']}>{t.firstRun.title}</h1>
          <p className={css['subtitle']}>{t.firstRun.subtitle}</p>
        </header>
        <ol className={css['steps']} aria-label={t.firstRun.progress}>
          {setupSteps.map((each, index) => {
            const isDone = data?.find((known) => known.id === each)?.state === 'done';
            return (
              <li key={each}>
                <button
                  type="button"
                  className={classNames(css['stepButton'], index === current && css['current'])}
                  aria-current={index === current ? 'step' : undefined}
                  onClick={() => setCurrent(index)}
                >
                  <span className={classNames(css['number'], isDone && css['done'])} aria-hidden>
                    {isDone ? <Check size={14} /> : index + 1}
                  </span>
                  {t.firstRun.steps[each].title}
                </button>
              </li>
            );
          })}
        </ol>
        {step !== undefined ? (
          <StepPanel key={id} step={step} onChanged={reload} />
        ) : error === undefined || loading ? (
          <Loading rows={5} />
        ) : (
          <ErrorState error={error} onRetry={reload} />
        )}
        <footer className={css['footer']}>
          <Button icon={ArrowLeft} disabled={current === 0} onClick={() => setCurrent(current - 1)}>
            {t.firstRun.back}
          </Button>
          <span className={css['count']}>{t.firstRun.step(current + 1, setupSteps.length)}</span>
          <Button
            kind={step?.state === 'done' || isLast ? 'primary' : 'secondary'}
            icon={isLast ? Check : ArrowRight}
            busy={done.running}
            onClick={() => (isLast ? void leave() : setCurrent(current + 1))}
          >
            {isLast ? t.firstRun.finish : step?.state === 'done' ? t.firstRun.next : t.firstRun.skip}
          </Button>
        </footer>
      </div>
    </main>
  );
}

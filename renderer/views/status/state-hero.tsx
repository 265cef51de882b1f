// The answer of the view: the state, why, what passes now, and the pause.
import type { AgentStatus } from '../../../src/contract/status.ts';
import { classNames } from '../../class-names.ts';
import { formatClock, formatWhen } from '../../format.ts';
import { stateIcon, stateTone } from '../../parts/badge.tsx';
import { t } from '../../strings/en.ts';
import { useNow } from '../../use-now.ts';
import { PauseControl } from './pause-control.tsx';
import css from './hero.module.css';

export function StateHero({ status }: { readonly status: AgentStatus }) {
  const now = useNow(60_000);
  const { state, pausedUntil } = status;
  const Icon = stateIcon[state];
  const reason = state === 'paused' && pausedUntil !== undefined ? t.status.pausedUntil(formatClock(pausedUntil)) : status.reason;
  return (
    <section className={classNames(css['hero'], css[stateTone[state]])} aria-labelledby="hero-title">
      <div className={css['mark']} aria-hidden>
        <Icon size={26} strokeWidth={1.9} />
      </div>
      <div className={css['words']} aria-live="polite">
        <h2 id="hero-title" className={css['title']}>
          {t.status.headline[state]}
        </h2>
        <p className={css['reason']}>{reason}</p>
        <p className={css['forwards']}>
          <span className={css['term']}>{t.status.whatPasses}</span>
          {t.status.forwards[state]}
        </p>
      </div>
      <div className={css['actions']}>
        <PauseControl status={status} />
      </div>
      <ul className={css['facts']}>
        <li>{t.status.since(formatWhen(status.startedAt, now))}</li>
        <li>{t.status.listensOn(status.proxy.port)}</li>
        <li>{t.status.rules(status.policy.rules, status.policy.revision.slice(0, 8))}</li>
      </ul>
    </section>
  );
}

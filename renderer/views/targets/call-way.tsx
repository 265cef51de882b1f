// The way of a call as a picture that reads as a list: apps, Heimdall, then the targets in order of preference.
import { AppWindow, ChevronRight, ShieldCheck } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { classNames } from '../../class-names.ts';
import { Badge, Dot } from '../../parts/badge.tsx';
import { t } from '../../strings/en.ts';
import { targetIcon, lookOf } from './target-look.ts';
import type { TargetCard } from './target-cards.ts';
import css from './targets.module.css';

export function CallWay({ cards }: { readonly cards: readonly TargetCard[] }) {
  return (
    <ol className={css['way']} aria-label={t.targets.diagram}>
      <Stop icon={AppWindow} name={t.targets.app} text={t.targets.appText} />
      <Arrow />
      <Stop icon={ShieldCheck} name={t.targets.heimdall} text={t.targets.heimdallText} accent />
      <Arrow />
      <li className={css['choices']}>
        <ol className={css['choiceList']}>
          {cards.map(({ target, place, isNext }) => {
            const Icon = targetIcon[target.kind];
            return (
              <li key={target.id} className={classNames(css['choice'], isNext && css['nextChoice'])}>
                <span className={css['place']} aria-hidden>
                  {place}
                </span>
                <Icon size={16} aria-hidden />
                <span className={css['choiceName']}>{target.id}</span>
                <span className={css['choiceState']}>
                  <Dot tone={lookOf(target).tone} /> {lookOf(target).word}
                </span>
                {isNext ? <Badge tone="good">{t.targets.next}</Badge> : null}
              </li>
            );
          })}
        </ol>
      </li>
    </ol>
  );
}

function Stop({
  icon: Icon,
  name,
  text,
  accent = false,
}: {
  readonly icon: LucideIcon;
  readonly name: string;
  readonly text: string;
  readonly accent?: boolean;
}) {
  return (
    <li className={classNames(css['stop'], accent && css['accentStop'])}>
      <Icon size={18} aria-hidden />
      <span className={css['stopName']}>{name}</span>
      <span className={css['stopText']}>{text}</span>
    </li>
  );
}

function Arrow() {
  return (
    <li className={css['arrow']} aria-hidden>
      <ChevronRight size={18} aria-hidden />
    </li>
  );
}

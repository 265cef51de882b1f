// One target: what it is, whether it answers and how fast, and its share of today's calls.
import { formatDuration, formatNumber, formatPercent } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Stat, StatRow } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { lookOf, targetIcon } from './target-look.ts';
import { TargetNow } from './target-now.tsx';
import type { TargetCard } from './target-cards.ts';
import css from './targets.module.css';

interface TargetTileProps {
  readonly card: TargetCard;
  readonly sharesKnown: boolean;
  readonly isRouted: boolean;
  readonly now: number;
}

export function TargetTile({ card, sharesKnown, isRouted, now }: TargetTileProps) {
  const { target, place, calls, share } = card;
  const Icon = targetIcon[target.kind];
  const look = lookOf(target);
  const detail = target.drained
    ? t.targets.drainedText
    : target.detail !== '' && target.state !== 'unknown'
      ? target.detail
      : t.targets.stateText[target.state === 'down' ? 'up' : target.state];
  const today = !sharesKnown ? t.common.notAvailable : share === undefined ? t.common.notAvailable : formatPercent(share);
  const todayHint = !sharesKnown ? t.targets.shareUnknown : share === undefined ? t.targets.noShare : t.targets.shareHint(calls);
  return (
    <Card className={css['tile']}>
      <div className={css['tileHead']}>
        <span className={css['tileIcon']}>
          <Icon size={18} aria-hidden />
        </span>
        <div className={css['tileNames']}>
          <h2>{target.id}</h2>
          <p>
            {t.targets.kinds[target.kind]}
            {isRouted ? null : ` · ${t.targets.place(place)}`}
          </p>
        </div>
        <Badge tone={look.tone}>{look.word}</Badge>
      </div>
      <p className={target.state === 'down' ? css['downDetail'] : css['detail']}>{detail}</p>
      <StatRow>
        <Stat label={t.targets.share} value={today} hint={todayHint} />
        <Stat
          label={t.targets.latency}
          value={target.latencyMs === undefined ? t.common.notAvailable : formatDuration(target.latencyMs)}
          hint={t.targets.latencyHint}
        />
        <Stat label={t.targets.answered} value={formatNumber(target.answered)} hint={t.targets.answeredHint} />
      </StatRow>
      <div className={css['now']}>
        <TargetNow target={target} now={now} />
      </div>
      <p className={css['meaning']}>{t.targets.meaning[target.kind]}</p>
    </Card>
  );
}

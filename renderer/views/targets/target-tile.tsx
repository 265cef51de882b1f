// One target: what it is, whether it answers and how fast, and its share of today's calls.
import { formatDuration, formatNumber, formatPercent } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Progress, Stat, StatRow } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { lookOf, targetIcon } from './target-look.ts';
import { TargetNow } from './target-now.tsx';
import type { TargetCard } from './target-cards.ts';
import css from './targets.module.css';

export function TargetTile({ card, sharesKnown }: { readonly card: TargetCard; readonly sharesKnown: boolean }) {
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
            {t.targets.kinds[target.kind]} · {t.targets.place(place)}
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
      <div className={css['bar']}>
        <Progress label={t.targets.shareLabel(target.id)} value={share ?? 0} of={1} />
      </div>
      <TargetNow target={target} />
      <p className={css['meaning']}>{t.targets.meaning[target.kind]}</p>
    </Card>
  );
}

// The targets: health, time to answer, and which share of today's calls each took.
import { Waypoints } from 'lucide-react';
import type { TargetStatus } from '../../../src/contract/status.ts';
import type { UsageSummary } from '../../../src/contract/usage.ts';
import { formatDuration, formatPercent } from '../../format.ts';
import { EmptyState } from '../../parts/answers.tsx';
import { Dot } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { placeHash } from '../../place.ts';
import { t } from '../../strings/en.ts';
import type { Call } from '../../use-call.ts';
import { lookOf } from '../targets/target-look.ts';
import { ShareBar } from './share-bar.tsx';
import css from './list-link.module.css';

export function TargetList({ targets, today }: { readonly targets: readonly TargetStatus[]; readonly today: Call<UsageSummary> }) {
  const answered = new Map(today.data?.targets.map(({ name, exchanges }) => [name, exchanges]));
  const all = [...answered.values()].reduce((sum, calls) => sum + calls, 0);
  return (
    <Card
      title={t.status.targetsTitle}
      subtitle={t.status.targetsSubtitle}
      actions={
        <a className={css['link']} href={placeHash('targets')}>
          {t.status.allTargets}
        </a>
      }
    >
      {targets.length === 0 ? <EmptyState icon={Waypoints} title={t.status.noTargets} text={t.status.noTargetsText} /> : null}
      <ul>
        {targets.map((target) => {
          const { id, kind, state, detail, latencyMs } = target;
          const look = lookOf(target);
          const share = all === 0 ? 0 : (answered.get(id) ?? 0) / all;
          const facts = [t.status.targetKind[kind], look.word, latencyMs === undefined ? '' : t.status.targetLatency(formatDuration(latencyMs))];
          return (
            <ShareBar
              key={id}
              name={
                <>
                  <Dot tone={look.tone} />
                  {id}
                </>
              }
              figure={today.data === undefined ? t.common.notAvailable : t.status.targetShare(formatPercent(share))}
              share={share}
              detail={[...facts, state === 'down' ? detail : ''].filter((fact) => fact !== '').join(' · ')}
            />
          );
        })}
      </ul>
    </Card>
  );
}

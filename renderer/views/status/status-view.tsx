// Status: in one glance whether AI traffic is protected, then what it did today.
import { isConnected } from '../../agent-events.ts';
import { useFace } from '../../agent-state.ts';
import { Loading } from '../../parts/answers.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';
import { LinkHero } from './link-hero.tsx';
import { LiveTraffic } from './live-traffic.tsx';
import { StateHero } from './state-hero.tsx';
import { TargetList } from './target-list.tsx';
import { TodayFigures } from './today-figures.tsx';
import { TopLists } from './top-lists.tsx';
import { useToday } from './use-today.ts';
import { WarningList } from './warning-list.tsx';
import css from './status-view.module.css';

export function StatusView() {
  const link = useFace((face) => face.link);
  const status = useFace((face) => face.status);
  if (!isConnected(link)) {
    return (
      <ViewPage title={t.status.title} subtitle={t.status.subtitle}>
        <LinkHero link={link} />
      </ViewPage>
    );
  }
  if (status === undefined) {
    return (
      <ViewPage title={t.status.title} subtitle={t.status.subtitle}>
        <Loading rows={6} />
      </ViewPage>
    );
  }
  return (
    <ViewPage title={t.status.title} subtitle={t.status.subtitle}>
      <StateHero status={status} />
      <WarningList warnings={status.warnings} />
      <LiveTraffic />
      <Today />
    </ViewPage>
  );
}

function Today() {
  const status = useFace((face) => face.status);
  const today = useToday();
  if (status === undefined) return null;
  return (
    <>
      <TodayFigures totals={status.today} budgets={status.budgets} />
      <div className={css['columns']}>
        <TargetList targets={status.targets} today={today} />
        <TopLists today={today} />
      </div>
    </>
  );
}

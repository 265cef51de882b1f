// Every AI app of this computer: what it is, what it did, and what was decided about it.
import { AppWindow, SearchX } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AppRow } from '../../../src/contract/usage.ts';
import { EmptyState, ErrorState, Loading } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { SearchField } from '../../parts/field.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import { readPolicy } from '../policy/policy-reading.ts';
import { appFilters, countApps, filterApps, sortApps, withDecided } from './app-table.ts';
import type { AppFilter, AppSort } from './app-table.ts';
import { AppsTable } from './apps-table.tsx';
import css from './apps.module.css';

const refreshMs = 10_000;

export function AppsView() {
  const list = useAgentCall('apps.list', {}, { everyMs: refreshMs });
  const policy = useAgentCall('policy.get', {});
  const [decided, setDecided] = useState<readonly AppRow[]>([]);
  const [filter, setFilter] = useState<AppFilter>('all');
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<AppSort>({ column: 'seen', descending: true });
  const [announced, setAnnounced] = useState('');
  const { data } = list;
  // The agent's next list holds what it answered to the decisions before.
  useEffect(() => setDecided([]), [data]);

  const rows = decided.reduce(withDecided, data ?? []);
  const counts = countApps(rows);
  const shown = sortApps(filterApps(rows, filter, search), sort);
  const showAll = () => {
    setFilter('all');
    setSearch('');
  };
  return (
    <ViewPage title={t.apps.title} subtitle={t.apps.subtitle}>
      {data === undefined ? (
        <Card>{list.error === undefined ? <Loading rows={5} /> : <ErrorState error={list.error} title={t.apps.failed} onRetry={list.reload} />}</Card>
      ) : rows.length === 0 ? (
        <Card>
          <EmptyState icon={AppWindow} title={t.apps.empty.title} text={t.apps.empty.text} />
        </Card>
      ) : (
        <>
          <div className={css['bar']}>
            <Segmented
              label={t.apps.filters.label}
              value={filter}
              segments={appFilters.map((value) => ({ value, label: t.apps.filters[value], count: counts[value] }))}
              onChange={setFilter}
            />
            <SearchField label={t.apps.search} className={css['search']} value={search} onChange={(event) => setSearch(event.target.value)} />
          </div>
          <Card flush>
            {shown.length === 0 ? (
              <EmptyState
                icon={SearchX}
                title={t.apps.nothing.title}
                text={t.apps.nothing.text}
                action={<Button onClick={showAll}>{t.apps.nothing.action}</Button>}
              />
            ) : (
              <AppsTable
                rows={shown}
                sort={sort}
                onSort={setSort}
                locked={policy.data !== undefined && !readPolicy(policy.data.policy).user.decideApps}
                onDecided={(row) => {
                  setDecided((before) => [...before, row]);
                  setAnnounced(t.apps.saved(row.name, t.apps.decided[row.decision]));
                }}
              />
            )}
          </Card>
          <p className={css['note']}>{t.apps.coverageWhy}</p>
        </>
      )}
      <p role="status" className="visually-hidden">
        {announced}
      </p>
    </ViewPage>
  );
}

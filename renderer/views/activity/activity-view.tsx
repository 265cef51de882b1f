// The Activity view: every row of the log, filtered, with the details of one beside it. Filter and open row stand in the address.
import { ArrowUp, Radio, SearchX, ScrollText } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { asBridgeError } from '../../bridge.ts';
import { EmptyState, ErrorState } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { replaceQuery, usePlace } from '../../navigation.ts';
import { t } from '../../strings/en.ts';
import { ActivityTable, useRowScroller } from './activity-table.tsx';
import css from './activity-view.module.css';
import { ChainStatus } from './chain-status.tsx';
import { DetailDrawer } from './detail-drawer.tsx';
import { ExportLine, ExportMenu, useExport } from './export-menu.tsx';
import { FilterBar } from './filter-bar.tsx';
import { emptyFilter, fromSearch, isEmpty, toSearch, withValue } from './filter.ts';
import type { ActivityFilter } from './filter.ts';
import type { ActivityList, ListState } from './activity-list.ts';
import type { RowScroller } from './row-scroller.ts';
import { useActivityList } from './use-activity-list.ts';

const words = t.activity;

export function ActivityView() {
  const { query } = usePlace();
  const openId = query['id'];
  const filter = useMemo(() => fromSearch(new URLSearchParams(query)), [query]);
  const { list, state } = useActivityList(filter);
  const scroller = useRowScroller();
  const exporting = useExport();
  const search = useRef<HTMLInputElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  useSlash(search);

  const show = (next: ActivityFilter, id: string | undefined): void => {
    replaceQuery({ ...Object.fromEntries(toSearch(next)), ...(id === undefined ? {} : { id }) });
  };
  const close = (): void => {
    show(filter, undefined);
    panel.current?.querySelector<HTMLElement>('[role=grid]')?.focus();
  };
  return (
    <ViewPage
      fill
      title={words.title}
      subtitle={words.subtitle}
      actions={
        <>
          <ChainStatus />
          <ExportMenu work={exporting} filter={filter} disabled={state.rows === 0} />
        </>
      }
    >
      <ExportLine work={exporting} />
      <FilterBar filter={filter} onChange={(next) => show(next, openId)} search={search} />
      <div className={css['panel']} ref={panel}>
        <div className={css['list']}>
          <ListLine list={list} state={state} filter={filter} scroller={scroller} />
          <ListBody state={state} filter={filter} list={list} onClear={() => show(emptyFilter, openId)}>
            <ActivityTable list={list} state={state} scroller={scroller} openId={openId} onOpen={(id) => show(filter, id)} onClose={close} />
          </ListBody>
        </div>
        {openId === undefined ? null : (
          <DetailDrawer id={openId} known={list.find(openId)} onClose={close} onFilter={(field, value) => show(withValue(emptyFilter, field, value), openId)} />
        )}
      </div>
    </ViewPage>
  );
}

/** `/` leads to the search, from anywhere but a text that is being written. */
function useSlash(search: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent): void => {
      const isWriting = event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable=true]');
      if (event.key !== '/' || isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search.current?.focus();
      search.current?.select();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [search]);
}

interface ListProps {
  readonly list: ActivityList;
  readonly state: ListState;
  readonly filter: ActivityFilter;
}

/** How many rows there are, and whether new ones come in or wait. */
function ListLine({ list, state, filter, scroller }: ListProps & { readonly scroller: RowScroller }) {
  const { phase, rows, fresh, freshIsMore, error } = state;
  const count = phase === 'counting' ? words.list.counting : isEmpty(filter) ? words.list.count(rows) : words.list.filtered(rows);
  return (
    <div className={css['listLine']}>
      <span role="status">{phase === 'failed' ? '' : count}</span>
      {phase === 'ready' && error !== undefined ? (
        <span role="alert" className={css['trouble']}>
          {words.list.pageFailed(asBridgeError(error).message)}
        </span>
      ) : null}
      {phase !== 'ready' ? null : fresh === 0 ? (
        <span className={css['live']}>
          <Radio size={13} aria-hidden />
          {words.list.live}
        </span>
      ) : (
        <Button
          kind="primary"
          size="small"
          icon={ArrowUp}
          onClick={() => {
            scroller.toTop();
            list.follow(true);
          }}
        >
          {words.list.fresh(fresh, freshIsMore)}
        </Button>
      )}
    </div>
  );
}

function ListBody({ state, filter, list, onClear, children }: ListProps & { readonly onClear: () => void; readonly children: React.ReactNode }) {
  if (state.phase === 'failed') return <ErrorState title={words.list.failed.title} error={asBridgeError(state.error)} onRetry={() => void list.load()} />;
  if (state.phase === 'counting' && state.rows === 0) return <Waiting />;
  if (state.rows > 0) return children;
  if (isEmpty(filter)) return <EmptyState icon={ScrollText} title={words.list.none.title} text={words.list.none.text} />;
  return (
    <EmptyState
      icon={SearchX}
      title={words.list.noMatch.title}
      text={words.list.noMatch.text}
      action={<Button onClick={onClear}>{words.list.noMatch.clear}</Button>}
    />
  );
}

/** Grey rows while the agent counts. */
function Waiting() {
  return (
    <div className={css['waiting']} aria-hidden>
      {Array.from({ length: 12 }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}

// The table of apps: sortable heads, one row per app, its decision and the way to its activity.
import { ArrowDown, ArrowUp, ArrowUpDown } from 'lucide-react';
import type { AppRow } from '../../../src/contract/usage.ts';
import { classNames } from '../../class-names.ts';
import { formatAgo, formatCompact, formatDateTime, formatDay, formatMoney, formatNumber } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { placeHash } from '../../place.ts';
import { t } from '../../strings/en.ts';
import { useNow } from '../../use-now.ts';
import { appColumns, nextSort } from './app-table.ts';
import type { AppColumn, AppSort } from './app-table.ts';
import css from './apps.module.css';
import { CoverageCell } from './coverage-cell.tsx';
import { DecisionCell } from './decision-cell.tsx';

interface AppsTableProps {
  readonly rows: readonly AppRow[];
  readonly sort: AppSort;
  readonly onSort: (sort: AppSort) => void;
  /** Policy keeps people from deciding. */
  readonly locked: boolean;
  readonly onDecided: (row: AppRow) => void;
}

const figures: readonly AppColumn[] = ['calls', 'blocked', 'spend'];
const clockMs = 30_000;

export function AppsTable({ rows, sort, onSort, locked, onDecided }: AppsTableProps) {
  const now = useNow(clockMs);
  return (
    <div className={css['scroll']}>
      <table className={css['table']}>
        <caption className="visually-hidden">{t.apps.table}</caption>
        <thead>
          <tr>
            {appColumns.map((column) => (
              <SortHead key={column} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <AppName row={row} />
              </th>
              <td>
                <Seen row={row} now={now} />
              </td>
              <td className={css['figure']}>
                <Calls row={row} />
                {row.tunnels > 0 ? (
                  <span className={css['sub']} title={t.apps.tunnelsWhy(formatNumber(row.tunnels))}>
                    {t.apps.tunnels(formatCompact(row.tunnels))}
                  </span>
                ) : null}
              </td>
              <td className={classNames(css['figure'], row.blocked > 0 && css['blocked'])}>{formatCompact(row.blocked)}</td>
              <td className={css['figure']}>{formatMoney(row.costUsd)}</td>
              <td>
                <CoverageCell row={row} />
              </td>
              <td>
                <DecisionCell row={row} locked={locked} onDecided={onDecided} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SortHead({ column, sort, onSort }: { readonly column: AppColumn; readonly sort: AppSort; readonly onSort: (sort: AppSort) => void }) {
  const isSorted = sort.column === column;
  const Icon = !isSorted ? ArrowUpDown : sort.descending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
      className={classNames(figures.includes(column) && css['figure'])}
    >
      <button type="button" className={classNames(css['sort'], isSorted && css['sorted'])} onClick={() => onSort(nextSort(sort, column))}>
        {t.apps.columns[column]}
        <Icon size={12} aria-hidden />
      </button>
    </th>
  );
}

function AppName({ row }: { readonly row: AppRow }) {
  return (
    <div className={css['app']}>
      <span className={classNames(css['initial'], !row.known && css['stranger'])} aria-hidden>
        {row.known ? row.name.slice(0, 1).toUpperCase() : '?'}
      </span>
      <div className={css['names']}>
        <span className={css['name']}>
          {row.name}
          {row.known ? null : (
            <Badge tone="warn" title={t.apps.unknownWhy}>
              {t.apps.unknown}
            </Badge>
          )}
        </span>
        <span className={css['sub']} title={row.installedAt}>
          {row.installedAt ?? t.apps.notInstalled}
        </span>
      </div>
    </div>
  );
}

/** The number is the way to the calls it counts. */
function Calls({ row }: { readonly row: AppRow }) {
  if (row.exchanges === 0 && row.tunnels === 0) return <>{formatNumber(0)}</>;
  return (
    <a
      className={css['calls']}
      href={placeHash('activity', { app: row.id })}
      title={t.apps.activity(row.name)}
      aria-label={t.apps.callsOf(row.exchanges, row.name)}
    >
      {formatCompact(row.exchanges)}
    </a>
  );
}

function Seen({ row, now }: { readonly row: AppRow; readonly now: number }) {
  if (row.lastSeen === undefined)
    return (
      <>
        <span className={css['never']}>{t.apps.never}</span>
        <span className={css['sub']}>{t.apps.neverSeen}</span>
      </>
    );
  return (
    <>
      <span title={formatDateTime(row.lastSeen)}>{formatAgo(row.lastSeen, now)}</span>
      {row.firstSeen === undefined ? null : <span className={css['sub']}>{t.apps.first(formatDay(row.firstSeen))}</span>}
    </>
  );
}

// The last hour, minute by minute and live: as a chart, or as a table for those who read better so.
import { Activity } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { UsageBucket } from '../../../src/contract/usage.ts';
import { formatClock, formatDuration, formatNumber } from '../../format.ts';
import { EmptyState, ErrorState, Loading } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { t } from '../../strings/en.ts';
import { useThemeKey } from '../../theme.ts';
import { useAgentCall } from '../../use-call.ts';
import { useNow } from '../../use-now.ts';
import { chartColumns, chartSince, hourTotals, minuteMs } from './chart-columns.ts';
import { TrafficChart } from './traffic-chart.tsx';
import { useLivePace } from './use-live-pace.ts';
import css from './live-traffic.module.css';

export function LiveTraffic() {
  const now = useNow(5_000);
  const series = useAgentCall('usage.series', { since: chartSince(now), bucketMs: minuteMs }, { keep: true, everyMs: 30_000 });
  const pulse = useLivePace(1_500);
  const [asTable, setAsTable] = useState(false);
  const { data, error, reload } = series;
  useEffect(() => {
    if (pulse > 0) reload();
  }, [pulse, reload]);
  return (
    <Card
      title={t.status.chartTitle}
      subtitle={t.status.chartSubtitle}
      actions={
        <Button kind="quiet" size="small" onClick={() => setAsTable((before) => !before)}>
          {asTable ? t.status.asChart : t.status.asTable}
        </Button>
      }
    >
      {data === undefined ? (
        error === undefined ? (
          <Loading rows={5} />
        ) : (
          <ErrorState error={error} onRetry={reload} />
        )
      ) : (
        <Hour buckets={data} asTable={asTable} />
      )}
    </Card>
  );
}

function Hour({ buckets, asTable }: { readonly buckets: readonly UsageBucket[]; readonly asTable: boolean }) {
  const themeKey = useThemeKey();
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const columns = useMemo(() => chartColumns(buckets), [buckets]);
  const totals = hourTotals(buckets);
  if (asTable) return <MinuteTable buckets={buckets} />;
  if (totals.calls === 0) return <EmptyState icon={Activity} title={t.status.chartEmpty} text={t.status.chartEmptyText} />;
  const bucket = pointed === undefined ? undefined : buckets[pointed];
  return (
    <>
      <div className={css['legend']}>
        <span className={css['key']}>
          <i className={css['calls']} /> {t.status.chartCalls}
        </span>
        <span className={css['key']}>
          <i className={css['latency']} /> {t.status.chartLatency}
        </span>
        <span className={css['key']}>
          <i className={css['blocked']} /> {t.status.chartBlocked}
        </span>
        <span className={css['readout']}>
          {bucket === undefined
            ? ''
            : t.status.readout(formatClock(bucket.at), bucket.exchanges, bucket.blocked, bucket.p50Ms === undefined ? undefined : formatDuration(bucket.p50Ms))}
        </span>
      </div>
      <figure role="img" aria-label={t.status.chartSummary(totals.calls, totals.blocked)}>
        <TrafficChart key={themeKey} columns={columns} onPoint={setPointed} />
      </figure>
    </>
  );
}

function MinuteTable({ buckets }: { readonly buckets: readonly UsageBucket[] }) {
  return (
    <div className={css['scroll']} tabIndex={0} role="region" aria-label={t.status.chartTitle}>
      <table className={css['table']}>
        <thead>
          <tr>
            {[
              t.status.tableMinute,
              t.status.tableCalls,
              t.status.tableBlocked,
              t.status.tableRedacted,
              t.status.tableFailed,
              t.status.tableMedian,
              t.status.tableSlow,
            ].map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {buckets.toReversed().map(({ at, exchanges, blocked, redacted, failed, p50Ms, p95Ms }) => (
            <tr key={at}>
              <th scope="row">{formatClock(at)}</th>
              <td>{formatNumber(exchanges)}</td>
              <td>{formatNumber(blocked)}</td>
              <td>{formatNumber(redacted)}</td>
              <td>{formatNumber(failed)}</td>
              <td>{p50Ms === undefined ? t.common.notAvailable : formatDuration(p50Ms)}</td>
              <td>{p95Ms === undefined ? t.common.notAvailable : formatDuration(p95Ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

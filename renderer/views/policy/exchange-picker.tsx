// Recent calls to pick one from; the agent searches them.
import { SearchX } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { classNames } from '../../class-names.ts';
import { formatWhen } from '../../format.ts';
import { EmptyState, ErrorState, Loading } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import { SearchField } from '../../parts/field.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import { useNow } from '../../use-now.ts';
import { decisionTone } from './action-badge.tsx';
import css from './tester.module.css';

const shownRows = 50;
const longestSearch = 200;
const clockMs = 60_000;

export function ExchangePicker({ picked, onPick }: { readonly picked: string | undefined; readonly onPick: (id: string) => void }) {
  const [search, setSearch] = useState('');
  const text = useDeferredValue(search.trim());
  const now = useNow(clockMs);
  const rows = useAgentCall('audit.query', { kind: 'exchange', limit: shownRows, ...(text === '' ? {} : { text }) });
  return (
    <div className={css['picker']}>
      <SearchField label={t.policy.tester.search} value={search} maxLength={longestSearch} onChange={(event) => setSearch(event.target.value)} />
      {rows.data === undefined ? (
        rows.error === undefined ? (
          <Loading rows={5} />
        ) : (
          <ErrorState error={rows.error} title={t.policy.tester.rowsFailed} onRetry={rows.reload} />
        )
      ) : rows.data.length === 0 ? (
        <EmptyState icon={SearchX} title={t.policy.tester.noRows} text={t.policy.tester.noRowsText} />
      ) : (
        <ul className={css['exchanges']} aria-label={t.policy.tester.rows}>
          {rows.data.map(({ record: { id, peer, host, model, startedAt, decision } }) => (
            <li key={id}>
              <button
                type="button"
                className={classNames(css['exchange'], id === picked && css['picked'])}
                aria-pressed={id === picked}
                onClick={() => onPick(id)}
              >
                <span className={css['exchangeNames']}>
                  <span className={css['exchangeApp']}>{peer?.app ?? t.common.unknown}</span>
                  <span className={css['muted']}>{model ?? host}</span>
                </span>
                {decision === undefined ? null : <Badge tone={decisionTone[decision]}>{t.decisions[decision]}</Badge>}
                <span className={css['when']}>{formatWhen(startedAt, now)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

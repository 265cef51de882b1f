// Which apps and models were used most today, and where the money went.
import { ChartNoAxesColumn } from 'lucide-react';
import { useState } from 'react';
import type { UsageShare, UsageSummary } from '../../../src/contract/usage.ts';
import { formatMoney, formatNumber } from '../../format.ts';
import { EmptyState, ErrorState, Loading } from '../../parts/answers.tsx';
import { Card } from '../../parts/card.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { placeHash } from '../../place.ts';
import { t } from '../../strings/en.ts';
import type { Call } from '../../use-call.ts';
import { ShareBar } from './share-bar.tsx';

type List = 'apps' | 'models' | 'spend';
const longest = 6;

export function TopLists({ today }: { readonly today: Call<UsageSummary> }) {
  const [list, setList] = useState<List>('apps');
  return (
    <Card title={t.status.topTitle}>
      {today.data === undefined ? (
        today.error === undefined ? (
          <Loading rows={5} />
        ) : (
          <ErrorState error={today.error} onRetry={today.reload} />
        )
      ) : (
        <Tabs<List>
          label={t.status.topTitle}
          value={list}
          onChange={setList}
          items={[
            { value: 'apps', label: t.status.topApps, content: <Ranking shares={today.data.apps} field="app" by="exchanges" /> },
            { value: 'models', label: t.status.topModels, content: <Ranking shares={today.data.models} field="model" by="exchanges" /> },
            { value: 'spend', label: t.status.topSpend, content: <Ranking shares={today.data.models} field="model" by="costUsd" /> },
          ]}
        />
      )}
    </Card>
  );
}

function Ranking({ shares, field, by }: { readonly shares: readonly UsageShare[]; readonly field: 'app' | 'model'; readonly by: 'exchanges' | 'costUsd' }) {
  const ranked = shares
    .filter((share) => share[by] > 0)
    .sort((a, b) => b[by] - a[by])
    .slice(0, longest);
  const most = ranked[0]?.[by] ?? 0;
  if (ranked.length === 0) return <EmptyState icon={ChartNoAxesColumn} title={t.status.topEmpty} text={t.status.topEmptyText} />;
  return (
    <ul>
      {ranked.map((share) => (
        <ShareBar
          key={share.name}
          name={share.name}
          href={placeHash('activity', { [field]: share.name })}
          figure={by === 'costUsd' ? formatMoney(share.costUsd) : formatNumber(share.exchanges)}
          share={most === 0 ? 0 : share[by] / most}
        />
      ))}
    </ul>
  );
}

// Today in six numbers.
import type { UsageTotals } from '../../../src/contract/usage.ts';
import { formatCompact, formatMoney, formatNumber } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Stat, StatRow } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';

export function TodayFigures({ totals }: { readonly totals: UsageTotals }) {
  const { exchanges, tunnels, blocked, redacted, failed, costUsd, inputTokens, outputTokens } = totals;
  return (
    <Card title={t.status.todayTitle} subtitle={t.status.todaySubtitle}>
      <StatRow>
        <Stat label={t.status.calls} value={formatNumber(exchanges)} hint={t.status.callsHint(formatNumber(tunnels))} />
        <Stat label={t.status.blocked} value={formatNumber(blocked)} tone={blocked > 0 ? 'bad' : undefined} />
        <Stat label={t.status.redacted} value={formatNumber(redacted)} />
        <Stat label={t.status.failed} value={formatNumber(failed)} tone={failed > 0 ? 'warn' : undefined} />
        <Stat label={t.status.spend} value={formatMoney(costUsd)} hint={t.status.spendHint} />
        <Stat
          label={t.status.tokens}
          value={formatCompact(inputTokens + outputTokens)}
          hint={t.status.tokensHint(formatCompact(inputTokens), formatCompact(outputTokens))}
        />
      </StatRow>
    </Card>
  );
}

// Today in six numbers, and a line about the budget that is nearest to its limit.
import type { BudgetStatus } from '../../../src/contract/budget.ts';
import type { UsageTotals } from '../../../src/contract/usage.ts';
import { formatCompact, formatMoney, formatNumber, formatPercent } from '../../format.ts';
import { Dot } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Stat, StatRow } from '../../parts/figures.tsx';
import { placeHash } from '../../place.ts';
import { t } from '../../strings/en.ts';
import { useNow } from '../../use-now.ts';
import { tightestBudget } from '../targets/budget-limits.ts';
import link from './list-link.module.css';
import css from './today-figures.module.css';

export function TodayFigures({ totals, budgets }: { readonly totals: UsageTotals; readonly budgets: readonly BudgetStatus[] }) {
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
      <BudgetLine budgets={budgets} />
    </Card>
  );
}

function BudgetLine({ budgets }: { readonly budgets: readonly BudgetStatus[] }) {
  const now = useNow(60_000);
  const tightest = tightestBudget(budgets, now);
  if (tightest === undefined) return null;
  const { name, line } = tightest;
  return (
    <div className={css['budget']}>
      <span className={css['term']}>{t.status.budget}</span>
      <span className={css['text']}>
        <Dot tone={line.tone ?? 'good'} /> {t.status.budgetText(name, line.text, formatPercent(line.share))}
        {line.usedUp === undefined ? '' : ` · ${line.usedUp}`}
      </span>
      <a className={link['link']} href={placeHash('targets')}>
        {t.status.allBudgets}
      </a>
    </div>
  );
}

// What is used and left of the budgets of this device.
import type { BudgetStatus } from '../../../src/contract/budget.ts';
import { formatPercent } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Progress } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { budgetLines, budgetName } from './budget-limits.ts';
import css from './targets.module.css';

export function BudgetsCard({ budgets, now }: { readonly budgets: readonly BudgetStatus[]; readonly now: number }) {
  return (
    <Card title={t.targets.budgets.title} subtitle={t.targets.budgets.subtitle}>
      {budgets.length === 0 ? <p className={css['meaning']}>{t.targets.budgets.none}</p> : null}
      <div className={css['places']}>
        {budgets.map((budget) => (
          <Account key={`${budget.budget} ${budget.account}`} budget={budget} now={now} />
        ))}
      </div>
    </Card>
  );
}

function Account({ budget, now }: { readonly budget: BudgetStatus; readonly now: number }) {
  const name = budgetName(budget);
  const unpriced = budget.usd?.unpriced ?? 0;
  return (
    <section aria-label={name}>
      <h3 className={css['placeName']}>{name}</h3>
      <ul>
        {budgetLines(budget, now).map(({ what, share, text, tone, usedUp }) => (
          <li key={what} className={css['reason']}>
            <span className={css['reasonName']}>{text}</span>
            <span className={css['reasonShare']}>{formatPercent(share)}</span>
            <span className={css['reasonBar']}>
              <Progress label={t.targets.budgets.used(name, what)} value={share} of={1} tone={tone} />
            </span>
            {usedUp === undefined ? null : <span className={css['usedUp']}>{usedUp}</span>}
          </li>
        ))}
      </ul>
      {unpriced === 0 ? null : <p className={css['meaning']}>{t.targets.budgets.unpriced(unpriced)}</p>}
    </section>
  );
}

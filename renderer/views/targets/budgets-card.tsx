// What is used and left of the budgets of this device.
import type { BudgetStatus } from '../../../src/contract/budget.ts';
import { formatMoney, formatNumber, formatWhen } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Progress } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import css from './targets.module.css';

export function BudgetsCard({ budgets, now }: { readonly budgets: readonly BudgetStatus[]; readonly now: number }) {
  return (
    <Card title={t.targets.budgets.title} subtitle={t.targets.budgets.subtitle}>
      {budgets.length === 0 ? <p className={css['meaning']}>{t.targets.budgets.none}</p> : null}
      <ul className={css['places']}>
        {budgets.map((budget) => (
          <li key={`${budget.budget} ${budget.account}`}>
            <h3 className={css['placeName']}>{nameOf(budget)}</h3>
            {limitsOf(budget).map(({ what, share, text }) => (
              <div key={what} className={css['reason']}>
                <span className={css['reasonName']}>{text}</span>
                <span className={css['reasonBar']}>
                  <Progress label={t.targets.budgets.used(nameOf(budget))} value={share} of={1} />
                </span>
                {share < 1 || budget.freeAt === undefined ? null : (
                  <span className={css['reasonText']}>{t.targets.budgets.free(formatWhen(budget.freeAt, now))}</span>
                )}
              </div>
            ))}
          </li>
        ))}
      </ul>
    </Card>
  );
}

const nameOf = ({ budget, account }: BudgetStatus): string => (account === '' ? budget : `${budget} · ${account}`);

interface Limit {
  readonly what: string;
  readonly share: number;
  readonly text: string;
}

function limitsOf({ usd, requests, tokens }: BudgetStatus): readonly Limit[] {
  const words = t.targets.budgets;
  const counts = [
    { limit: requests, what: words.requests },
    { limit: tokens, what: words.tokens },
  ].flatMap(({ limit, what }) =>
    limit === undefined ? [] : [{ what, share: limit.used / limit.limit, text: words.of(formatNumber(limit.used), formatNumber(limit.limit), what) }],
  );
  if (usd === undefined) return counts;
  const what = words.per[usd.window][usd.per];
  const reserved = usd.reserved > 0 ? `, ${words.reserved(formatMoney(usd.reserved))}` : '';
  const share = usd.limit === 0 ? 1 : (usd.used + usd.reserved) / usd.limit;
  return [{ what, share, text: `${words.of(formatMoney(usd.used), formatMoney(usd.limit), what)}${reserved}` }, ...counts];
}

// Why each target gets the share it gets: the places of every route, with the balancer's own sentence.
import type { TargetExplanation } from '../../../src/contract/routing.ts';
import { formatPercent } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Progress } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import css from './targets.module.css';

export function WhyCard({ explained }: { readonly explained: readonly TargetExplanation[] }) {
  const places = [...new Set(explained.map(({ place }) => place))];
  return (
    <Card title={t.targets.why.title} subtitle={t.targets.why.subtitle}>
      <div className={css['places']}>
        {places.map((place) => (
          <section key={place} aria-label={place}>
            <h3 className={css['placeName']}>{place}</h3>
            <ul>
              {explained
                .filter((entry) => entry.place === place)
                .map(({ target, model, share, why }, index) => (
                  <li key={index} className={css['reason']}>
                    <span className={css['reasonName']}>
                      {target} {model === undefined ? null : <small>{t.targets.why.as(model)}</small>}
                    </span>
                    <span className={css['reasonShare']}>{formatPercent(share)}</span>
                    <span className={css['reasonBar']}>
                      <Progress label={t.targets.why.share(target)} value={share} of={1} />
                    </span>
                    <span className={css['reasonText']}>{why}</span>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </Card>
  );
}

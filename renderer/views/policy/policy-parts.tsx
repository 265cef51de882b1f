// What the policy settles beside its rules: failures and their exceptions, what is kept, what people may do, apps decided for all.
import type { PolicyInfo } from '../../../src/contract/control.ts';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { Card } from '../../parts/card.tsx';
import { t } from '../../strings/en.ts';
import { OriginBadge } from './origin-badge.tsx';
import { originOf } from './part-origin.ts';
import { failEvents } from './policy-reading.ts';
import type { ReadPolicy, ReadSurface } from './policy-reading.ts';
import css from './policy.module.css';

interface Fact {
  readonly path: string;
  readonly label: string;
  readonly value: string;
  readonly tone?: Tone;
}

export function PolicyParts({ info, policy }: { readonly info: PolicyInfo; readonly policy: ReadPolicy }) {
  const { failures, content, user, apps, surfaces } = policy;
  const yesNo = (may: boolean): string => (may ? t.policy.rights.yes : t.policy.rights.no);
  return (
    <div className={css['parts']}>
      <Card title={t.policy.parts.failures}>
        <Facts
          info={info}
          facts={failEvents.map((event) => ({
            path: `failures.${event}`,
            label: t.policy.failures[event],
            value: t.policy.failModes[failures[event]],
            ...(failures[event] === 'open' ? { tone: 'warn' as const } : {}),
          }))}
        />
        {surfaces.length === 0 ? null : <Exceptions surfaces={surfaces} />}
      </Card>
      <Card title={t.policy.parts.content}>
        <Facts
          info={info}
          facts={[
            { path: 'content.keep', label: t.policy.content.keep, value: t.policy.content[content.keep] },
            {
              path: 'content.values',
              label: t.policy.content.values,
              value: t.policy.content[content.values],
              ...(content.values === 'clear' ? { tone: 'warn' } : {}),
            },
          ]}
        />
      </Card>
      <Card title={t.policy.parts.user}>
        <Facts
          info={info}
          facts={[
            { path: 'user.pause', label: t.policy.rights.pause, value: user.pause ? t.policy.rights.longest(user.longestPauseMinutes) : t.policy.rights.no },
            { path: 'user.quit', label: t.policy.rights.quit, value: yesNo(user.quit) },
            { path: 'user.decideApps', label: t.policy.rights.decideApps, value: yesNo(user.decideApps) },
          ]}
        />
      </Card>
      {apps.length === 0 ? null : (
        <Card title={t.policy.parts.apps}>
          <Facts info={info} facts={apps.map(({ app, decision }) => ({ path: `apps.${app}`, label: app, value: t.policy.appDecisions[decision] }))} />
        </Card>
      )}
    </div>
  );
}

function Facts({ info, facts }: { readonly info: PolicyInfo; readonly facts: readonly Fact[] }) {
  return (
    <dl className={css['facts']}>
      {facts.map(({ path, label, value, tone }) => (
        <div key={path}>
          <dt>{label}</dt>
          <dd>
            {tone === undefined ? <span className={css['factValue']}>{value}</span> : <Badge tone={tone}>{value}</Badge>}
            <OriginBadge origin={originOf(info, path)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Exceptions({ surfaces }: { readonly surfaces: readonly ReadSurface[] }) {
  return (
    <div className={css['exceptions']}>
      <h3>{t.policy.parts.surfaces}</h3>
      <ul>
        {surfaces.map((surface, index) => (
          <li key={index}>
            <span className={css['value']}>
              {surface.where.length === 0
                ? t.policy.surface.any
                : surface.where.map(({ field, values }) => `${t.policy.surface.fields[field]} ${t.policy.list(values)}`).join(`, ${t.policy.rules.and} `)}
            </span>
            {surface.modes.map(({ event, mode }) => (
              <p key={event}>
                {t.policy.failures[event]}: {t.policy.failModes[mode]}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
}

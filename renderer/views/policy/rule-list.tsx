// The rules from top to bottom, each a sentence: when, then what.
import { Fragment } from 'react';
import type { PolicyInfo } from '../../../src/contract/control.ts';
import { Card } from '../../parts/card.tsx';
import { t } from '../../strings/en.ts';
import { ActionBadge } from './action-badge.tsx';
import { OriginBadge } from './origin-badge.tsx';
import { originOf } from './part-origin.ts';
import type { ReadCondition, ReadRule } from './policy-reading.ts';
import css from './policy.module.css';

export function RuleList({ info, rules }: { readonly info: PolicyInfo; readonly rules: readonly ReadRule[] }) {
  return (
    <Card title={t.policy.rules.title} subtitle={t.policy.rules.order} flush>
      <ol className={css['rules']}>
        {rules.map((rule, index) => (
          <li key={rule.id} className={css['rule']}>
            <span className={css['place']}>
              <span className="visually-hidden">{t.policy.rules.place(index + 1)}</span>
              <span aria-hidden>{index + 1}</span>
            </span>
            <div className={css['ruleBody']}>
              <div className={css['ruleHead']}>
                <h3>{rule.id}</h3>
                <ActionBadge action={rule.action} />
                <OriginBadge origin={originOf(info, `rules.${rule.id}`)} />
              </div>
              {rule.description === undefined ? null : <p className={css['description']}>{rule.description}</p>}
              <Sentence rule={rule} />
              {rule.message === undefined ? null : (
                <p className={css['message']}>
                  <span>{t.policy.rules.message}</span> “{rule.message}”
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
      <p className={css['otherwise']}>{rules.length === 0 ? t.policy.rules.none : t.policy.rules.otherwise}</p>
    </Card>
  );
}

function Sentence({ rule }: { readonly rule: ReadRule }) {
  const { conditions } = rule;
  return (
    <div className={css['sentence']}>
      {conditions.length === 0 ? (
        <p>{t.policy.rules.every}</p>
      ) : (
        conditions.map((condition, index) => (
          <p key={condition.field}>
            <span className={css['joiner']}>{index === 0 ? t.policy.rules.when : t.policy.rules.and}</span> {t.policy.fields[condition.field]}{' '}
            <Values condition={condition} />
          </p>
        ))
      )}
      <p className={css['effect']}>→ {effectOf(rule)}</p>
    </div>
  );
}

function Values({ condition: { field, values } }: { readonly condition: ReadCondition }) {
  return values.map((value, index) => (
    <Fragment key={value}>
      {index === 0 ? null : index === values.length - 1 ? ` ${t.policy.or} ` : ', '}
      <span className={css['value']}>
        {field === 'findings' ? (t.policy.detectors[value] ?? value) : field === 'dialect' ? (t.policy.dialects[value] ?? value) : value}
      </span>
    </Fragment>
  ));
}

function effectOf({ action, ask, conditions }: ReadRule): string {
  if (action === 'ask') return t.policy.effects.ask(ask?.seconds ?? 0, ask?.otherwise ?? 'block', ask?.justification ?? true);
  if (action === 'redact' && !conditions.some(({ field }) => field === 'findings')) return t.policy.effects.redactAll;
  return t.policy.effects[action];
}

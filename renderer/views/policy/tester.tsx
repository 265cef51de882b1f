// Tries a request against the policy in force: pasted, or taken from the log. Nothing is sent; the agent only reads and decides.
import { useState } from 'react';
import type { Params } from '../../../src/contract/control.ts';
import { Card } from '../../parts/card.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import { ExchangePicker } from './exchange-picker.tsx';
import { PasteForm } from './paste-form.tsx';
import css from './tester.module.css';
import type { ReadPolicy } from './policy-reading.ts';
import { TrialAnswer } from './trial-answer.tsx';
import type { Trial } from './trial-answer.tsx';
import { emptyForm, trialInput } from './trial-input.ts';
import type { TrialForm } from './trial-input.ts';

/** A body of a megabyte is read by every detector. */
const trialMs = 30_000;

export function Tester({ policy }: { readonly policy: ReadPolicy }) {
  const [tab, setTab] = useState<'paste' | 'pick'>('paste');
  const [form, setForm] = useState<TrialForm>(emptyForm);
  const [picked, setPicked] = useState<string | undefined>(undefined);
  const [trial, setTrial] = useState<Trial | undefined>(undefined);
  const attempt = useAgentAction('policy.try', trialMs);
  const send = async (input: Params<'policy.try'>, original: string | undefined) => {
    const answer = await attempt.run(input);
    setTrial(answer === undefined ? undefined : { answer, input: JSON.stringify(input), original });
  };
  const current = tab === 'paste' ? trialInput(form) : picked === undefined ? undefined : { id: picked };
  return (
    <Card title={t.policy.tester.title} subtitle={t.policy.tester.subtitle}>
      <div className={css['tester']}>
        <Tabs
          label={t.policy.tester.tabs}
          value={tab}
          onChange={setTab}
          items={[
            {
              value: 'paste',
              label: t.policy.tester.paste,
              content: (
                <PasteForm
                  form={form}
                  running={attempt.running}
                  onChange={setForm}
                  onRun={() => {
                    const input = trialInput(form);
                    if (input !== undefined) void send(input, form.body);
                  }}
                />
              ),
            },
            {
              value: 'pick',
              label: t.policy.tester.pick,
              content: (
                <ExchangePicker
                  picked={picked}
                  onPick={(id) => {
                    setPicked(id);
                    void send({ id }, undefined);
                  }}
                />
              ),
            },
          ]}
        />
        <TrialAnswer
          trial={trial}
          error={attempt.error}
          running={attempt.running}
          isStale={trial !== undefined && JSON.stringify(current) !== trial.input}
          rules={policy.rules}
        />
      </div>
    </Card>
  );
}

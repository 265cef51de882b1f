// The small window in which a rule asks: what is to be sent, why it is held, how long there is, and what happens otherwise.
import { ShieldQuestionMark } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AskQuestion } from '../../../src/contract/ask.ts';
import { useFace } from '../../agent-state.ts';
import { ActionError, EmptyState } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { TextArea } from '../../parts/field.tsx';
import { KeyValue, Progress } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction, useShellAction } from '../../use-call.ts';
import { useNow } from '../../use-now.ts';
import css from './ask.module.css';

export function AskView({ id }: { readonly id: string | undefined }) {
  const question = useFace((face) => face.questions).find((each) => each.id === id);
  const close = useShellAction('ask.done');
  useEffect(() => {
    document.title = t.ask.title;
  }, []);
  return (
    <main id="main" className={css['page']}>
      {question === undefined ? (
        <EmptyState
          icon={ShieldQuestionMark}
          title={t.ask.gone}
          text={t.ask.goneText}
          action={<Button onClick={() => void close.run({})}>{t.ask.close}</Button>}
        />
      ) : (
        <Question key={question.id} question={question} />
      )}
    </main>
  );
}

function Question({ question }: { readonly question: AskQuestion }) {
  const [why, setWhy] = useState('');
  const [wasTold, setWasTold] = useState(false);
  const answer = useAgentAction('ask.answer');
  const done = useShellAction('ask.done');
  const now = useNow(250);
  const left = Math.max(0, question.deadline - now);
  const send = async (choice: 'allow' | 'block'): Promise<void> => {
    const justification = why.trim();
    if (choice === 'allow' && question.needsJustification && justification === '') {
      setWasTold(true);
      return;
    }
    const sent = await answer.run({ id: question.id, answer: choice, ...(justification === '' ? {} : { justification }) });
    if (sent !== undefined) await done.run({});
  };
  return (
    <form
      className={css['form']}
      onSubmit={(event) => {
        event.preventDefault();
        void send('allow');
      }}
    >
      <h1 className={css['title']}>{t.ask.heading(question.app ?? t.ask.unknownApp, question.host)}</h1>
      <p className={css['message']}>{question.message}</p>
      <KeyValue
        items={[
          { key: t.ask.model, value: question.model ?? t.common.unknown },
          { key: t.ask.rule, value: question.rule },
          ...(question.findings.length === 0
            ? []
            : [{ key: t.ask.found, value: question.findings.map(({ detector, count }) => t.ask.foundOne(detector, count)).join(', ') }]),
        ]}
      />
      {question.needsJustification ? (
        <TextArea
          label={t.ask.justification}
          hint={t.ask.justificationHint}
          error={wasTold && why.trim() === '' ? t.ask.needed : undefined}
          rows={3}
          maxLength={2000}
          value={why}
          onChange={(event) => setWhy(event.target.value)}
        />
      ) : null}
      <div className={css['countdown']}>
        <Progress label={t.ask.countdown} value={left} of={question.deadline - question.askedAt} />
        <span>{t.ask.otherwise(Math.ceil(left / 1000), question.otherwise)}</span>
      </div>
      <ActionError error={answer.error} />
      <div className={css['buttons']}>
        <Button busy={answer.running} onClick={() => void send('block')}>
          {t.ask.block}
        </Button>
        <Button submit kind="primary" busy={answer.running}>
          {t.ask.allow}
        </Button>
      </div>
    </form>
  );
}

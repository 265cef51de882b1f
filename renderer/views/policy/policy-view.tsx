// The policy in force: where it comes from, its rules, what else it settles, and a tester that says what it would do.
import { FlaskConical } from 'lucide-react';
import { useRef } from 'react';
import { useFace } from '../../agent-state.ts';
import { ErrorState, Loading } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import { PolicyHeader } from './policy-header.tsx';
import { PolicyParts } from './policy-parts.tsx';
import { readPolicy } from './policy-reading.ts';
import css from './policy.module.css';
import { RuleList } from './rule-list.tsx';
import { Tester } from './tester.tsx';

const refreshMs = 10_000;

export function PolicyView() {
  // A file that changes is taken over by the agent at once; its status names the new revision.
  const revision = useFace((face) => face.status?.policy.revision);
  const call = useAgentCall('policy.get', {}, { everyMs: refreshMs });
  const { data, error, reload } = call;
  const tester = useRef<HTMLDivElement>(null);
  if (data === undefined) {
    return (
      <ViewPage title={t.policy.title} subtitle={t.policy.subtitle}>
        <Card>{error === undefined ? <Loading rows={6} /> : <ErrorState error={error} title={t.policy.failed} onRetry={reload} />}</Card>
      </ViewPage>
    );
  }
  const policy = readPolicy(data.policy);
  return (
    <ViewPage
      title={t.policy.title}
      subtitle={t.policy.subtitle}
      actions={
        <Button
          icon={FlaskConical}
          onClick={() => {
            tester.current?.scrollIntoView({ block: 'start' });
            tester.current?.focus({ preventScroll: true });
          }}
        >
          {t.policy.tester.go}
        </Button>
      }
    >
      <PolicyHeader info={data} rules={policy.rules.length} isStale={revision !== undefined && revision !== data.revision} />
      {policy.skipped === 0 ? null : <p className={css['skipped']}>{t.policy.unreadable}</p>}
      <RuleList info={data} rules={policy.rules} />
      <PolicyParts info={data} policy={policy} />
      <div ref={tester} tabIndex={-1} className={css['try']}>
        <Tester key={data.revision} policy={policy} />
      </div>
    </ViewPage>
  );
}

// What the agent finds when it looks at itself: the checks, its warnings, the link to it, and the bundle for whoever helps.
import { RotateCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useFace } from '../../agent-state.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/figures.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import { AgentCard } from './agent-card.tsx';
import { BundleCard } from './bundle-card.tsx';
import { reportText } from './check-groups.ts';
import { ChecksCard } from './checks-card.tsx';
import css from './diagnostics.module.css';
import { WarningsCard } from './warnings-card.tsx';

/** Checks wait for sockets of their own; past this the agent is not well. */
const checksTimeoutMs = 45_000;

export function DiagnosticsView() {
  const run = useAgentCall('diagnostics.run', {}, { timeoutMs: checksTimeoutMs });
  const status = useFace((face) => face.status);
  const link = useFace((face) => face.link);
  const [ranAt, setRanAt] = useState<number | undefined>(undefined);
  const { data } = run;
  useEffect(() => {
    if (data !== undefined) setRanAt(Date.now());
  }, [data]);
  return (
    <ViewPage
      title={t.diagnostics.title}
      subtitle={t.diagnostics.subtitle}
      actions={
        <>
          {data === undefined || ranAt === undefined ? null : (
            <CopyButton text={reportText({ checks: data, status, link, ranAt })} label={t.diagnostics.copy} />
          )}
          <Button kind="primary" icon={RotateCw} busy={run.loading} onClick={run.reload}>
            {run.loading ? t.diagnostics.running : t.diagnostics.again}
          </Button>
        </>
      }
    >
      <div className={css['columns']}>
        <div className={css['main']}>
          <ChecksCard run={run} ranAt={ranAt} />
        </div>
        <div className={css['side']}>
          <AgentCard />
          <WarningsCard warnings={status?.warnings} />
          <BundleCard />
        </div>
      </div>
    </ViewPage>
  );
}

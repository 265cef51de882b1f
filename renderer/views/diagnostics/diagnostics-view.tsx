// What the agent finds when it looks at itself: the checks, its warnings, the link to it, and the bundle for whoever helps.
import { RotateCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { DiagnosticCheck } from '../../../src/contract/diagnostics.ts';
import { useFace } from '../../agent-state.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/figures.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction, useAgentCall } from '../../use-call.ts';
import { AgentCard } from './agent-card.tsx';
import { BundleCard } from './bundle-card.tsx';
import { reportText } from './check-groups.ts';
import { ChecksCard } from './checks-card.tsx';
import css from './diagnostics.module.css';
import { WarningsCard } from './warnings-card.tsx';

/** Checks wait for sockets of their own; past this the agent is not well. */
const checksTimeoutMs = 45_000;
/** Repairs go one after the other, and the system may ask the person to confirm. */
const repairTimeoutMs = 180_000;

interface Repaired {
  /** The answer it replaces. */
  readonly of: readonly DiagnosticCheck[] | undefined;
  readonly checks: readonly DiagnosticCheck[];
}

export function DiagnosticsView() {
  const run = useAgentCall('diagnostics.run', {}, { timeoutMs: checksTimeoutMs });
  const status = useFace((face) => face.status);
  const link = useFace((face) => face.link);
  const [ranAt, setRanAt] = useState<number | undefined>(undefined);
  const repair = useAgentAction('diagnostics.run', repairTimeoutMs);
  const [repaired, setRepaired] = useState<Repaired | undefined>(undefined);
  // The answer to a repair counts until the checks are made again.
  const data = repaired?.of === run.data ? repaired?.checks : run.data;
  useEffect(() => {
    if (data !== undefined) setRanAt(Date.now());
  }, [data]);
  const onRepair = async (): Promise<void> => {
    const checks = await repair.run({ fix: true });
    if (checks !== undefined) setRepaired({ of: run.data, checks });
  };
  const again = (): void => {
    repair.clear();
    run.reload();
  };
  return (
    <ViewPage
      title={t.diagnostics.title}
      subtitle={t.diagnostics.subtitle}
      actions={
        <>
          {data === undefined || ranAt === undefined ? null : (
            <CopyButton text={reportText({ checks: data, status, link, ranAt })} label={t.diagnostics.copy} />
          )}
          <Button kind="primary" icon={RotateCw} busy={run.loading} disabled={repair.running} onClick={again}>
            {run.loading ? t.diagnostics.running : t.diagnostics.again}
          </Button>
        </>
      }
    >
      <div className={css['columns']}>
        <div className={css['main']}>
          <ChecksCard run={{ ...run, data }} ranAt={ranAt} repair={{ running: repair.running, error: repair.error, start: () => void onRepair() }} />
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

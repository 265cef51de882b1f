// What was set up on this computer, as it is found now, and the two ways on: the set-up, and undoing it.
import { Wrench } from 'lucide-react';
import { ErrorState, Loading } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { go } from '../../navigation.ts';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import { MachineRow } from './machine-row.tsx';
import css from './settings.module.css';

/** Reading every certificate store takes its time. */
const patience = 60_000;

export function MachineCard() {
  const { data, error, loading, reload } = useAgentCall('setup.get', {}, { timeoutMs: patience });
  const capturesNow = data?.some(({ id, state }) => id === 'capture' && (state === 'done' || state === 'partly')) === true;
  return (
    <Card
      flush
      title={t.settings.setup}
      subtitle={t.settings.setupText}
      actions={
        <Button icon={Wrench} onClick={() => go('first-run')}>
          {t.settings.openSetup}
        </Button>
      }
    >
      {data === undefined ? (
        <div className={css['row']}>{error === undefined || loading ? <Loading rows={2} /> : <ErrorState error={error} onRetry={reload} />}</div>
      ) : (
        <ul className={css['list']}>
          {data
            .filter(({ id }) => id !== 'key')
            .map((step) => (
              <MachineRow key={step.id} step={step} capturesNow={capturesNow} onChanged={reload} />
            ))}
        </ul>
      )}
    </Card>
  );
}

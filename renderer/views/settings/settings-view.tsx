// The Settings view: the window's own preferences, the set-up of the computer, the agent's settings with who locked what.
import { RotateCw } from 'lucide-react';
import { useFace } from '../../agent-state.ts';
import { ActionError, ErrorState, Loading } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall, useShellAction } from '../../use-call.ts';
import { MachineCard } from './machine-card.tsx';
import { PreferencesCard } from './preferences-card.tsx';
import { SettingRow } from './setting-row.tsx';
import css from './settings.module.css';

export function SettingsView() {
  const preferences = useFace((face) => face.shell);
  return (
    <ViewPage title={t.settings.title} subtitle={t.settings.subtitle}>
      <div className={css['column']}>
        <AgentCard />
        {preferences === undefined ? null : <PreferencesCard shell={preferences} />}
        <MachineCard />
      </div>
    </ViewPage>
  );
}

function AgentCard() {
  const { data, error, loading, reload } = useAgentCall('settings.get', {});
  const restart = useShellAction('agent.restart');
  if (data === undefined) {
    return <Card title={t.settings.agent}>{error === undefined || loading ? <Loading rows={6} /> : <ErrorState error={error} onRetry={reload} />}</Card>;
  }
  const onRestart = async (): Promise<void> => {
    if ((await restart.run({})) !== undefined) setTimeout(reload, 1500);
  };
  return (
    <Card title={t.settings.agent} subtitle={t.settings.agentHint(data.userFile)} flush>
      {data.needsRestart ? (
        <div className={css['restart']} role="status">
          <span>{t.settings.restartNeeded}</span>
          <Button size="small" icon={RotateCw} busy={restart.running} onClick={() => void onRestart()}>
            {t.settings.restart}
          </Button>
          <ActionError error={restart.error} />
        </div>
      ) : null}
      <ul className={css['list']}>
        {data.entries.map((entry) => (
          <SettingRow key={entry.key} entry={entry} onChanged={reload} />
        ))}
      </ul>
    </Card>
  );
}

// The gateway and its key: saved as settings of the user, taken over when the agent starts anew.
import { RotateCw } from 'lucide-react';
import type { SyntheticEvent } from 'react';
import { useState } from 'react';
import type { SetupStep } from '../../../src/contract/setup.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction, useAgentCall, useShellAction } from '../../use-call.ts';
import css from './first-run.module.css';

export function KeyForm({ step, onChanged }: { readonly step: SetupStep; readonly onChanged: () => void }) {
  const settings = useAgentCall('settings.get', {});
  const entry = (key: 'gateway.url' | 'gateway.virtualKey') => settings.data?.entries.find((each) => each.key === key);
  const [url, setUrl] = useState<string | undefined>(undefined);
  const [key, setKey] = useState('');
  const save = useAgentAction('settings.set');
  const restart = useShellAction('agent.restart');
  const shownUrl = url ?? String(entry('gateway.url')?.value ?? '');
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const saved = await save.run({ key: 'gateway.url', value: shownUrl.trim() });
    const stored = saved === undefined || key === '' ? saved : await save.run({ key: 'gateway.virtualKey', value: key });
    if (stored === undefined) return;
    setKey('');
    settings.reload();
    onChanged();
  };
  return (
    <form className={css['form']} onSubmit={(event) => void submit(event)}>
      <TextField label={t.firstRun.url} hint={t.firstRun.urlHint} inputMode="url" value={shownUrl} onChange={(event) => setUrl(event.target.value)} />
      <TextField
        label={t.firstRun.key}
        hint={entry('gateway.virtualKey')?.value === null || step.state !== 'done' ? t.firstRun.keyHint : t.firstRun.keyIsSet}
        type="password"
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
      <div className={css['buttons']}>
        <Button submit kind="primary" busy={save.running} disabled={shownUrl.trim() === ''}>
          {t.firstRun.steps.key.apply}
        </Button>
      </div>
      <ActionError error={save.error} />
      {settings.data?.needsRestart === true ? (
        <div className={css['restart']} role="status">
          <span>{t.firstRun.restart}</span>
          <Button size="small" icon={RotateCw} busy={restart.running} onClick={() => void restart.run({})}>
            {t.settings.restart}
          </Button>
        </div>
      ) : null}
    </form>
  );
}

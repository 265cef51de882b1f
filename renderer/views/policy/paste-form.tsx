// The request to try, as text: body, host, path, app. Ctrl+Enter in the body runs it.
import { FlaskConical } from 'lucide-react';
import { useId } from 'react';
import { formatNumber } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { TextArea, TextField } from '../../parts/field.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import css from './tester.module.css';
import { bodyLimit, trialDefaults, trialInput } from './trial-input.ts';
import type { TrialForm } from './trial-input.ts';

interface PasteFormProps {
  readonly form: TrialForm;
  readonly running: boolean;
  readonly onChange: (form: TrialForm) => void;
  readonly onRun: () => void;
}

export function PasteForm({ form, running, onChange, onRun }: PasteFormProps) {
  const words = t.policy.tester;
  const listId = useId();
  const apps = useAgentCall('apps.list', {});
  const set = (field: keyof TrialForm) => (event: { readonly target: { readonly value: string } }) => onChange({ ...form, [field]: event.target.value });
  return (
    <form
      className={css['form']}
      onSubmit={(event) => {
        event.preventDefault();
        onRun();
      }}
    >
      <TextArea
        label={words.body}
        hint={words.bodyHint}
        error={form.body.length > bodyLimit ? words.tooLong(formatNumber(bodyLimit)) : undefined}
        rows={9}
        className={css['bodyInput']}
        spellCheck={false}
        placeholder={words.example}
        value={form.body}
        onChange={set('body')}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          onRun();
        }}
      />
      <div className={css['pair']}>
        <TextField label={words.host} placeholder={trialDefaults.host} value={form.host} maxLength={253} onChange={set('host')} />
        <TextField label={words.path} placeholder={trialDefaults.path} value={form.path} maxLength={2048} onChange={set('path')} />
      </div>
      <TextField label={words.app} hint={words.appHint} value={form.app} maxLength={200} list={listId} onChange={set('app')} />
      <datalist id={listId}>
        {(apps.data ?? []).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
      <div>
        <Button kind="primary" submit icon={FlaskConical} busy={running} disabled={trialInput(form) === undefined}>
          {words.run}
        </Button>
      </div>
    </form>
  );
}

// One setting of the agent: its value, where it comes from, and a form to change it where nobody has locked it.
import { Lock } from 'lucide-react';
import type { SyntheticEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import type { SettingEntry } from '../../../src/contract/settings-view.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Select, TextField } from '../../parts/field.tsx';
import { Switch } from '../../parts/switch.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import css from './settings.module.css';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

interface SettingRowProps {
  readonly entry: SettingEntry;
  readonly onChanged: () => void;
}

export function SettingRow({ entry, onChanged }: SettingRowProps) {
  const { run, running, error, clear } = useAgentAction('settings.set');
  const [open, setOpen] = useState(false);
  const name = t.settings.names[entry.key];
  const locked = entry.lockedBy !== undefined;
  const change = async (value: string | number | boolean | null): Promise<void> => {
    if ((await run({ key: entry.key, value })) === undefined) return;
    setOpen(false);
    onChanged();
  };
  return (
    <li className={css['row']}>
      {typeof entry.value === 'boolean' && !locked ? (
        <Switch label={name.label} hint={name.hint} checked={entry.value} disabled={running} onChange={(value) => void change(value)} />
      ) : (
        <div className={css['line']}>
          <div className={css['words']}>
            <span className={css['label']}>{name.label}</span>
            <span className={css['hint']}>{entry.lockedBy ?? name.hint}</span>
          </div>
          <div className={css['value']}>
            <span className={css['shown']}>{shown(entry)}</span>
            <Badge tone={entry.layer === 'managed' ? 'pause' : 'idle'} icon={locked ? Lock : undefined} title={entry.file}>
              {t.settings.layers[entry.layer]}
            </Badge>
            {locked || open ? null : (
              <Button
                size="small"
                aria-label={`${t.settings.change}: ${name.label}`}
                onClick={() => {
                  clear();
                  setOpen(true);
                }}
              >
                {entry.value === null ? t.settings.set : t.settings.change}
              </Button>
            )}
          </div>
        </div>
      )}
      {open ? <ValueForm entry={entry} busy={running} onSave={(value) => void change(value)} onCancel={() => setOpen(false)} /> : null}
      <ActionError error={error} />
    </li>
  );
}

function shown({ value, secret }: SettingEntry): string {
  if (value === null) return t.settings.notSet;
  if (secret) return t.settings.isSet;
  if (typeof value === 'boolean') return value ? t.settings.on : t.settings.off;
  return String(value);
}

interface ValueFormProps {
  readonly entry: SettingEntry;
  readonly busy: boolean;
  readonly onSave: (value: string | number | null) => void;
  readonly onCancel: () => void;
}

function ValueForm({ entry, busy, onSave, onCancel }: ValueFormProps) {
  const isNumber = typeof entry.value === 'number';
  const [text, setText] = useState(entry.secret || entry.value === null ? '' : String(entry.value));
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('input, select')?.focus(), []);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    onSave(isNumber ? Number(text) : text.trim() === '' ? null : text.trim());
  };
  const { label } = t.settings.names[entry.key];
  return (
    <form
      ref={form}
      className={css['form']}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      {entry.key === 'log.level' ? (
        <Select label={label} hideLabel value={text} choices={logLevels.map((value) => ({ value, label: value }))} onChange={setText} />
      ) : (
        <TextField
          label={label}
          hideLabel
          type={entry.secret ? 'password' : isNumber ? 'number' : 'text'}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <Button submit kind="primary" busy={busy} disabled={isNumber && text === ''}>
        {t.common.save}
      </Button>
      {entry.value === null || isNumber || entry.key === 'log.level' ? null : (
        <Button disabled={busy} onClick={() => onSave(null)}>
          {t.settings.remove}
        </Button>
      )}
      <Button kind="quiet" disabled={busy} onClick={onCancel}>
        {t.common.cancel}
      </Button>
    </form>
  );
}

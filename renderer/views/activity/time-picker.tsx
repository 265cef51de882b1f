// Which stretch of time the list shows: presets, or two moments.
import { Check, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { classNames } from '../../class-names.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Popover } from '../../parts/popover.tsx';
import { t } from '../../strings/en.ts';
import css from './filter-bar.module.css';
import { presets } from './filter.ts';
import type { Preset, TimeRange } from './filter.ts';
import { dayAndMinute, fromLocalInput, localInput } from './row-time.ts';

const words = t.activity.filters;
const presetNames = Object.keys(presets) as Preset[];

export function timeLabel(time: TimeRange): string {
  switch (time.kind) {
    case 'any':
      return words.anyTime;
    case 'last':
      return words.presets[time.preset];
    case 'between': {
      const [since, until] = [time.since, time.until];
      if (since === undefined) return until === undefined ? words.anyTime : words.until(dayAndMinute(until));
      return until === undefined ? words.since(dayAndMinute(since)) : words.between(dayAndMinute(since), dayAndMinute(until));
    }
  }
}

interface TimePickerProps {
  readonly time: TimeRange;
  readonly onChange: (time: TimeRange) => void;
}

export function TimePicker({ time, onChange }: TimePickerProps) {
  const [isOpen, setOpen] = useState(false);
  const choose = (chosen: TimeRange): void => {
    onChange(chosen);
    setOpen(false);
  };
  return (
    <Popover
      label={words.names.time}
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <button type="button" className={classNames(css['picker'], time.kind !== 'any' && css['chosen'])}>
          {words.names.time}
          <ChevronDown size={13} aria-hidden />
        </button>
      }
    >
      <div>
        <PresetLine label={words.anyTime} isChosen={time.kind === 'any'} onClick={() => choose({ kind: 'any' })} />
        {presetNames.map((preset) => (
          <PresetLine
            key={preset}
            label={words.presets[preset]}
            isChosen={time.kind === 'last' && time.preset === preset}
            onClick={() => choose({ kind: 'last', preset })}
          />
        ))}
      </div>
      <Between time={time} onChange={choose} />
    </Popover>
  );
}

function PresetLine({ label, isChosen, onClick }: { readonly label: string; readonly isChosen: boolean; readonly onClick: () => void }) {
  return (
    <button type="button" aria-pressed={isChosen} className={css['option']} onClick={onClick}>
      <Check size={14} aria-hidden className={classNames(!isChosen && css['hidden'])} />
      {label}
    </button>
  );
}

function Between({ time, onChange }: TimePickerProps) {
  const [from, setFrom] = useState(time.kind === 'between' && time.since !== undefined ? localInput(time.since) : '');
  const [to, setTo] = useState(time.kind === 'between' && time.until !== undefined ? localInput(time.until) : '');
  const [since, until] = [fromLocalInput(from), fromLocalInput(to)];
  const isBackwards = since !== undefined && until !== undefined && since > until;
  return (
    <form
      className={css['between']}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBackwards && (since !== undefined || until !== undefined)) onChange({ kind: 'between', since, until });
      }}
    >
      <TextField label={words.from} type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
      <TextField
        label={words.to}
        type="datetime-local"
        value={to}
        error={isBackwards ? words.backwards : undefined}
        onChange={(event) => setTo(event.target.value)}
      />
      <Button submit size="small" disabled={isBackwards || (since === undefined && until === undefined)}>
        {words.apply}
      </Button>
    </form>
  );
}

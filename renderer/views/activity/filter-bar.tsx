// What narrows the list: search, values, time; and what does so now, as chips that can be taken away.
import { X } from 'lucide-react';
import type { RefObject } from 'react';
import { useEffect, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { SearchField } from '../../parts/field.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import css from './filter-bar.module.css';
import { activeParts, emptyFilter, withValue, without } from './filter.ts';
import type { ActivityFilter, FilterPart } from './filter.ts';
import { labelOf, optionsOf, resultOf, resultOptions, withResult } from './options.ts';
import { timeLabel, TimePicker } from './time-picker.tsx';
import { ValuePicker } from './value-picker.tsx';

const words = t.activity.filters;
const valueFields = ['app', 'host', 'model', 'target'] as const;
const typingMs = 250;

interface FilterBarProps {
  readonly filter: ActivityFilter;
  readonly onChange: (filter: ActivityFilter) => void;
  readonly search: RefObject<HTMLInputElement | null>;
}

export function FilterBar({ filter, onChange, search }: FilterBarProps) {
  const values = useAgentCall('audit.values', {});
  return (
    <div role="search" aria-label={words.label} className={css['bar']}>
      <div className={css['line']}>
        <SearchBox text={filter.text} onChange={(text) => onChange({ ...filter, text })} input={search} />
        {valueFields.map((field) => (
          <ValuePicker
            key={field}
            label={words.names[field]}
            options={optionsOf(values.data?.[field])}
            chosen={filter.values[field]}
            onChoose={(value) => onChange(withValue(filter, field, value))}
            onOpen={values.reload}
          />
        ))}
        <ValuePicker label={words.result} options={resultOptions} chosen={resultOf(filter)} onChoose={(value) => onChange(withResult(filter, value))} />
        <TimePicker time={filter.time} onChange={(time) => onChange({ ...filter, time })} />
      </div>
      <Chips filter={filter} onChange={onChange} />
    </div>
  );
}

interface SearchBoxProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly input: RefObject<HTMLInputElement | null>;
}

/** Searches when typing pauses. */
function SearchBox({ text, onChange, input }: SearchBoxProps) {
  const [typed, setTyped] = useState(text);
  const [before, setBefore] = useState(text);
  if (text !== before) {
    // Changed from outside: a chip taken away, a link.
    setBefore(text);
    setTyped(text);
  }
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(() => onChange(typed), typingMs);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return (
    <SearchField
      ref={input}
      className={css['search']}
      label={words.search}
      placeholder={words.searchHint}
      maxLength={200}
      value={typed}
      aria-keyshortcuts="/"
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onChange(typed);
        if (event.key === 'Escape' && typed !== '') {
          event.preventDefault();
          onChange('');
          setTyped('');
        }
      }}
    />
  );
}

function Chips({ filter, onChange }: Pick<FilterBarProps, 'filter' | 'onChange'>) {
  const parts = activeParts(filter);
  if (parts.length === 0) return null;
  return (
    <ul className={css['chips']} aria-label={words.active}>
      {parts.map((part) => (
        <li key={part}>
          <Chip text={words.chip(words.names[part], valueOf(filter, part))} onRemove={() => onChange(without(filter, part))} />
        </li>
      ))}
      <li>
        <Button kind="quiet" size="small" onClick={() => onChange(emptyFilter)}>
          {words.clearAll}
        </Button>
      </li>
    </ul>
  );
}

function Chip({ text, onRemove }: { readonly text: string; readonly onRemove: () => void }) {
  return (
    <button type="button" className={css['chip']} aria-label={words.remove(text)} onClick={onRemove}>
      <span>{text}</span>
      <X size={13} aria-hidden />
    </button>
  );
}

function valueOf(filter: ActivityFilter, part: FilterPart): string {
  if (part === 'text') return filter.text;
  return part === 'time' ? timeLabel(filter.time) : labelOf(filter, part);
}

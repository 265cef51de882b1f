// A button that opens a searchable list of values to filter by.
import { Check, ChevronDown } from 'lucide-react';
import { useId, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { classNames } from '../../class-names.ts';
import { SearchField } from '../../parts/field.tsx';
import { Popover } from '../../parts/popover.tsx';
import { t } from '../../strings/en.ts';
import css from './filter-bar.module.css';
import { stepOf } from './keys.ts';
import { optionsFor } from './options.ts';
import type { Option } from './options.ts';

const words = t.activity.filters;

interface PickerProps {
  readonly label: string;
  readonly options: readonly Option[];
  readonly chosen: string | undefined;
  readonly onChoose: (value: string | undefined) => void;
  /** Asked for when the list opens. */
  readonly onOpen?: () => void;
}

export function ValuePicker({ label, options, chosen, onChoose, onOpen }: PickerProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      label={label}
      open={isOpen}
      onOpenChange={(next) => {
        if (next) onOpen?.();
        setOpen(next);
      }}
      trigger={
        <button type="button" className={classNames(css['picker'], chosen !== undefined && css['chosen'])}>
          {label}
          <ChevronDown size={13} aria-hidden />
        </button>
      }
    >
      <Choices
        label={label}
        options={options}
        chosen={chosen}
        onChoose={(value) => {
          onChoose(value);
          setOpen(false);
        }}
      />
    </Popover>
  );
}

function Choices({ label, options, chosen, onChoose }: Omit<PickerProps, 'onOpen'>) {
  const id = useId();
  const [search, setSearch] = useState('');
  const { shown, left } = optionsFor(options, search);
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      shown.findIndex(({ value }) => value === chosen),
    ),
  );
  const current = Math.min(at, shown.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    const option = shown[current];
    if (event.key === 'Enter' && option !== undefined) {
      event.preventDefault();
      onChoose(option.value === chosen ? undefined : option.value);
      return;
    }
    if (event.key === 'Home' || event.key === 'End') return;
    const next = stepOf(event.key, current, shown.length, 8);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <>
      <SearchField
        label={words.findIn(label)}
        placeholder={words.find}
        value={search}
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={current < 0 ? undefined : `${id}-${current}`}
        onChange={(event) => {
          setSearch(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {shown.length === 0 ? <p className={css['nothing']}>{words.nothing}</p> : null}
      <ul id={`${id}-list`} role="listbox" aria-label={label} className={css['options']} tabIndex={-1}>
        {shown.map((option, index) => (
          <OptionLine
            key={option.value}
            id={`${id}-${index}`}
            option={option}
            group={option.group !== shown[index - 1]?.group ? option.group : undefined}
            isChosen={option.value === chosen}
            isCurrent={index === current}
            onClick={() => onChoose(option.value === chosen ? undefined : option.value)}
          />
        ))}
      </ul>
      {left > 0 ? <p className={css['nothing']}>{words.left(left)}</p> : null}
    </>
  );
}

interface LineProps {
  readonly id: string;
  readonly option: Option;
  readonly group: string | undefined;
  readonly isChosen: boolean;
  readonly isCurrent: boolean;
  readonly onClick: () => void;
}

function OptionLine({ id, option, group, isChosen, isCurrent, onClick }: LineProps) {
  return (
    <>
      {group === undefined ? null : (
        <li role="presentation" className={css['group']}>
          {group}
        </li>
      )}
      <li
        id={id}
        role="option"
        aria-selected={isChosen}
        className={classNames(css['option'], isCurrent && css['current'])}
        onClick={onClick}
        title={option.label}
      >
        <Check size={14} aria-hidden className={classNames(!isChosen && css['hidden'])} />
        <span>{option.label}</span>
      </li>
    </>
  );
}

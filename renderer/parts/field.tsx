// Labelled inputs: a line, a text area, a search box, a choice. The label, hint and error belong to the control for every reader.
import { Search } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { useId } from 'react';
import { classNames } from '../class-names.ts';
import css from './field.module.css';

interface FieldProps {
  readonly label: string;
  /** The label is read out but not shown: where the place makes it plain. */
  readonly hideLabel?: boolean;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
}

interface Wiring {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

function Field({ label, hideLabel = false, hint, error, children }: FieldProps & { readonly children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [hint === undefined ? '' : hintId, error === undefined ? '' : errorId].filter((part) => part !== '').join(' ');
  return (
    <div className={css['field']}>
      <label htmlFor={id} className={hideLabel ? 'visually-hidden' : css['label']}>
        {label}
      </label>
      {children({ id, 'aria-describedby': describedBy === '' ? undefined : describedBy, 'aria-invalid': error === undefined ? undefined : true })}
      {hint === undefined ? null : (
        <div id={hintId} className={css['hint']}>
          {hint}
        </div>
      )}
      {error === undefined ? null : (
        <div id={errorId} className={css['error']} role="alert">
          {error}
        </div>
      )}
    </div>
  );
}

export function TextField({ label, hideLabel, hint, error, className, ...rest }: FieldProps & ComponentProps<'input'>) {
  return (
    <Field label={label} hideLabel={hideLabel ?? false} hint={hint} error={error}>
      {(wiring) => <input type="text" autoComplete="off" spellCheck={false} {...rest} {...wiring} className={classNames(css['input'], className)} />}
    </Field>
  );
}

export function TextArea({ label, hideLabel, hint, error, className, ...rest }: FieldProps & ComponentProps<'textarea'>) {
  return (
    <Field label={label} hideLabel={hideLabel ?? false} hint={hint} error={error}>
      {(wiring) => <textarea rows={4} {...rest} {...wiring} className={classNames(css['input'], css['area'], className)} />}
    </Field>
  );
}

export function SearchField({ label, className, ...rest }: { readonly label: string } & ComponentProps<'input'>) {
  return (
    <div className={classNames(css['search'], className)}>
      <Search size={15} aria-hidden className={css['searchIcon']} />
      <input type="search" spellCheck={false} autoComplete="off" placeholder={label} {...rest} aria-label={label} className={css['input']} />
    </div>
  );
}

export interface Choice<V extends string> {
  readonly value: V;
  readonly label: string;
}

interface SelectProps<V extends string> extends FieldProps, Omit<ComponentProps<'select'>, 'value' | 'onChange' | 'children'> {
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
}

/** The system's own list: complete keyboard use and no style tags, which the content security policy forbids. */
export function Select<V extends string>({ label, hideLabel, hint, error, value, choices, onChange, className, ...rest }: SelectProps<V>) {
  return (
    <Field label={label} hideLabel={hideLabel ?? false} hint={hint} error={error}>
      {(wiring) => (
        <select
          {...rest}
          {...wiring}
          value={value}
          className={classNames(css['input'], css['select'], className)}
          onChange={(event) => {
            const chosen = choices.find((choice) => choice.value === event.target.value);
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

// On or off, with its label and what it means.
import { Switch as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useId } from 'react';
import css from './switch.module.css';

interface SwitchProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Switch({ label, hint, checked, disabled = false, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className={css['row']}>
      <div>
        <label htmlFor={id} className={css['label']}>
          {label}
        </label>
        {hint === undefined ? null : (
          <div id={`${id}-hint`} className={css['hint']}>
            {hint}
          </div>
        )}
      </div>
      <Radix.Root
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        className={css['track']}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      >
        <Radix.Thumb className={css['thumb']} />
      </Radix.Root>
    </div>
  );
}

// Buttons: one with words, one with an icon and a name that is read out and shown as a tooltip.
import type { LucideIcon } from 'lucide-react';
import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classNames } from '../class-names.ts';
import css from './button.module.css';
import { Tooltip } from './tooltip.tsx';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'type'> {
  /** `primary` at most once per view; `danger` for what cannot be taken back. */
  readonly kind?: 'primary' | 'secondary' | 'quiet' | 'danger';
  readonly size?: 'small' | 'medium';
  readonly icon?: LucideIcon | undefined;
  /** Shows a spinner and takes no clicks. */
  readonly busy?: boolean;
  readonly submit?: boolean;
}

export function Button({ kind = 'secondary', size = 'medium', icon: Icon, busy = false, submit = false, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={submit ? 'submit' : 'button'}
      className={classNames(css['button'], css[kind], css[size], className)}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
    >
      {busy ? <LoaderCircle className={css['spinner']} size={15} aria-hidden /> : Icon === undefined ? null : <Icon size={15} aria-hidden />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'children'> {
  readonly icon: LucideIcon;
  /** What it does. */
  readonly label: string;
  readonly size?: 'small' | 'medium';
}

export function IconButton({ icon: Icon, label, size = 'medium', className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <button {...rest} type="button" aria-label={label} className={classNames(css['button'], css['quiet'], css['icon'], css[size], className)}>
        <Icon size={16} aria-hidden />
      </button>
    </Tooltip>
  );
}

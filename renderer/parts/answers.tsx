// What a view shows when it has nothing, failed, or waits: never a blank space.
import type { LucideIcon } from 'lucide-react';
import { CircleAlert, Inbox, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { BridgeError } from '../bridge.ts';
import { t } from '../strings/en.ts';
import css from './answers.module.css';
import { Button } from './button.tsx';

interface EmptyStateProps {
  readonly icon?: LucideIcon;
  readonly title: string;
  readonly text?: string | undefined;
  readonly action?: ReactNode;
}

export function EmptyState({ icon: Icon = Inbox, title, text, action }: EmptyStateProps) {
  return (
    <div className={css['state']}>
      <Icon size={26} strokeWidth={1.5} aria-hidden className={css['icon']} />
      <p className={css['title']}>{title}</p>
      {text === undefined ? null : <p className={css['text']}>{text}</p>}
      {action}
    </div>
  );
}

/** A view or card that could not be loaded. */
export function ErrorState({
  error,
  onRetry,
  title = t.common.errorTitle,
}: {
  readonly error: BridgeError;
  readonly onRetry?: () => void;
  readonly title?: string;
}) {
  return (
    <div className={css['state']} role="alert">
      <CircleAlert size={26} strokeWidth={1.5} aria-hidden className={css['bad']} />
      <p className={css['title']}>{title}</p>
      <p className={css['text']}>{error.message}</p>
      <p className={css['code']}>{t.common.errorCode(error.code)}</p>
      {onRetry === undefined ? null : (
        <Button icon={RotateCw} onClick={onRetry}>
          {t.common.retry}
        </Button>
      )}
    </div>
  );
}

/** One line beside the button whose action failed. */
export function ActionError({ error }: { readonly error: BridgeError | undefined }) {
  if (error === undefined) return null;
  return (
    <p className={css['line']} role="alert">
      <CircleAlert size={15} aria-hidden />
      <span>{error.message}</span>
    </p>
  );
}

/** Grey bars where content will stand. */
export function Loading({ rows = 3 }: { readonly rows?: number }) {
  return (
    <div className={css['loading']} role="status">
      <span className="visually-hidden">{t.common.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className={css['bar']} aria-hidden />
      ))}
    </div>
  );
}

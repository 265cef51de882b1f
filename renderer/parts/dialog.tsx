// A question over everything: focus is kept inside, Escape closes, the page behind is hidden from readers.
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { classNames } from '../class-names.ts';
import { t } from '../strings/en.ts';
import { IconButton } from './button.tsx';
import css from './dialog.module.css';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: string | undefined;
  readonly wide?: boolean;
  /** Buttons at the foot, the main one last. */
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

// Radix' own overlay locks scrolling with a style tag, which the content security policy forbids; the backdrop here is ours.
export function Dialog({ open, onClose, title, description, wide = false, actions, children }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Radix.Portal>
        <div className={css['backdrop']}>
          <Radix.Content className={classNames(css['dialog'], wide && css['wide'])} {...(description === undefined ? { 'aria-describedby': undefined } : {})}>
            <header className={css['header']}>
              <Radix.Title className={css['title']}>{title}</Radix.Title>
              <IconButton icon={X} label={t.common.close} size="small" onClick={onClose} />
            </header>
            {description === undefined ? null : <Radix.Description className={css['description']}>{description}</Radix.Description>}
            <div className={css['body']}>{children}</div>
            {actions === undefined ? null : <footer className={css['actions']}>{actions}</footer>}
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}

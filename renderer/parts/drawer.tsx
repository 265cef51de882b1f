// A panel at the right beside the list it explains: not modal, so the list keeps the keyboard. Escape closes it from inside.
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useEffect, useId, useRef } from 'react';
import { t } from '../strings/en.ts';
import { IconButton } from './button.tsx';
import css from './drawer.module.css';

interface DrawerProps {
  readonly title: string;
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly onClose: () => void;
  /** Takes the focus when it opens; the caller gives it back when it closes. */
  readonly takeFocus?: boolean;
  readonly children: ReactNode;
}

/** Render it beside the list in a flex row; it takes the width it needs. */
export function Drawer({ title, subtitle, actions, onClose, takeFocus = false, children }: DrawerProps) {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (takeFocus) panel.current?.focus();
  }, [takeFocus]);
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      aria-labelledby={id}
      className={css['drawer']}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      <header className={css['header']}>
        <div className={css['heading']}>
          <h2 id={id} className={css['title']}>
            {title}
          </h2>
          {subtitle === undefined ? null : <div className={css['subtitle']}>{subtitle}</div>}
        </div>
        <div className={css['actions']}>
          {actions}
          <IconButton icon={X} label={t.common.close} size="small" onClick={onClose} />
        </div>
      </header>
      <div className={css['body']}>{children}</div>
    </aside>
  );
}

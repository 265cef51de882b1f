// A bordered group of content with an optional heading and actions.
import type { ReactNode } from 'react';
import { useId } from 'react';
import { classNames } from '../class-names.ts';
import css from './card.module.css';

interface CardProps {
  readonly title?: string;
  readonly subtitle?: string | undefined;
  readonly actions?: ReactNode;
  /** No padding around the content: for tables and lists that reach the border. */
  readonly flush?: boolean;
  readonly className?: string | undefined;
  readonly children?: ReactNode;
}

export function Card({ title, subtitle, actions, flush = false, className, children }: CardProps) {
  const id = useId();
  return (
    <section className={classNames(css['card'], className)} aria-labelledby={title === undefined ? undefined : id}>
      {title === undefined ? null : (
        <header className={css['header']}>
          <div>
            <h2 id={id} className={css['title']}>
              {title}
            </h2>
            {subtitle === undefined ? null : <p className={css['subtitle']}>{subtitle}</p>}
          </div>
          {actions === undefined ? null : <div className={css['actions']}>{actions}</div>}
        </header>
      )}
      <div className={classNames(!flush && css['body'], title !== undefined && css['below'])}>{children}</div>
    </section>
  );
}

// The frame of one view: heading, a line on what it answers, actions, and its content.
import type { ReactNode } from 'react';
import { classNames } from '../class-names.ts';
import css from './view-page.module.css';

interface ViewPageProps {
  readonly title: string;
  readonly subtitle?: string | undefined;
  readonly actions?: ReactNode;
  /** The content takes the whole height and width and scrolls in itself (tables). */
  readonly fill?: boolean;
  readonly children?: ReactNode;
}

export function ViewPage({ title, subtitle, actions, fill = false, children }: ViewPageProps) {
  return (
    <div className={classNames(css['page'], fill && css['fill'])}>
      <header className={css['header']}>
        <div className={css['heading']}>
          <h1 className={css['title']}>{title}</h1>
          {subtitle === undefined ? null : <p className={css['subtitle']}>{subtitle}</p>}
        </div>
        {actions === undefined ? null : <div className={css['actions']}>{actions}</div>}
      </header>
      <div className={css['content']}>{children}</div>
    </div>
  );
}

// One line of a ranking: name, figure, and its share as a bar behind both.
import type { ReactNode } from 'react';
import css from './share-bar.module.css';

interface ShareBarProps {
  readonly name: ReactNode;
  readonly detail?: ReactNode;
  readonly figure: string;
  /** 0 to 1. */
  readonly share: number;
  readonly href?: string;
}

export function ShareBar({ name, detail, figure, share, href }: ShareBarProps) {
  const words = (
    <>
      <span className={css['name']}>{name}</span>
      <span className={css['figure']}>{figure}</span>
    </>
  );
  return (
    <li className={css['row']}>
      {href === undefined ? (
        <span className={css['line']}>{words}</span>
      ) : (
        <a className={css['line']} href={href}>
          {words}
        </a>
      )}
      <span className={css['track']} aria-hidden>
        <span className={css['bar']} style={{ width: `${String(Math.max(share > 0 ? 1 : 0, share * 100))}%` }} />
      </span>
      {detail === undefined ? null : <span className={css['detail']}>{detail}</span>}
    </li>
  );
}

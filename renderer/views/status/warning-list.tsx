// The active warnings, each with the way to where it is mended.
import type { LucideIcon } from 'lucide-react';
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { Warning } from '../../../src/contract/status.ts';
import { classNames } from '../../class-names.ts';
import { formatAgo } from '../../format.ts';
import { go } from '../../navigation.ts';
import type { Tone } from '../../parts/tone.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { t } from '../../strings/en.ts';
import { useNow } from '../../use-now.ts';
import { fixPageOf } from './warning-fixes.ts';
import css from './warning-list.module.css';

const looks: Readonly<Record<Warning['severity'], { readonly icon: LucideIcon; readonly tone: Tone }>> = {
  info: { icon: Info, tone: 'info' },
  warning: { icon: TriangleAlert, tone: 'warn' },
  error: { icon: CircleAlert, tone: 'bad' },
};

export function WarningList({ warnings }: { readonly warnings: readonly Warning[] }) {
  const now = useNow(30_000);
  if (warnings.length === 0) return null;
  return (
    <Card title={t.status.warningsTitle} flush>
      <ul>
        {warnings.map(({ code, severity, title, text, since }) => {
          const { icon: Icon, tone } = looks[severity];
          const page = fixPageOf(code);
          return (
            <li key={code} className={css['warning']}>
              <span className={classNames(css['icon'], css[tone])}>
                <Icon size={17} aria-hidden />
                <span className="visually-hidden">{t.status.severity[severity]}</span>
              </span>
              <div className={css['words']}>
                <p className={css['title']}>
                  {title} <span className={css['since']}>{formatAgo(since, now)}</span>
                </p>
                <p className={css['text']}>{text}</p>
              </div>
              {page === undefined ? null : (
                <Button size="small" onClick={() => go(page)}>
                  {t.status.fix[page]}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

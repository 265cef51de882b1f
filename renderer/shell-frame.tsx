// The window's frame: navigation at the left with the agent's state, the view at the right, changes of state read out.
import type { LucideIcon } from 'lucide-react';
import { Activity, AppWindow, Gauge, Info, ScrollText, Settings, Stethoscope, Waypoints } from 'lucide-react';
import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import type { View } from '../src/contract/shell.ts';
import { isConnected } from './agent-events.ts';
import { useFace } from './agent-state.ts';
import { classNames } from './class-names.ts';
import { Badge, StatePill } from './parts/badge.tsx';
import { placeHash } from './place.ts';
import css from './shell-frame.module.css';
import { t } from './strings/en.ts';

const iconOf: Readonly<Record<View, LucideIcon>> = {
  status: Gauge,
  activity: Activity,
  apps: AppWindow,
  policy: ScrollText,
  targets: Waypoints,
  diagnostics: Stethoscope,
  settings: Settings,
  about: Info,
};
const upper: readonly View[] = ['status', 'activity', 'apps', 'policy', 'targets', 'diagnostics'];
const lower: readonly View[] = ['settings', 'about'];

export function ShellFrame({ view, children }: { readonly view: View; readonly children: ReactNode }) {
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${t[view].title} · ${t.common.productName}`;
    // After a change of view the reader stands at its beginning; at the first one the window just opened.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [view]);
  return (
    <div className={css['frame']}>
      <a
        className={css['skip']}
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t.common.skipToContent}
      </a>
      <nav className={css['sidebar']} aria-label={t.common.mainNavigation}>
        <div className={css['brand']}>
          <span className={css['name']}>{t.common.productName}</span>
          <SidebarState />
        </div>
        <NavList views={upper} current={view} />
        <div className={css['lower']}>
          <NavList views={lower} current={view} />
        </div>
      </nav>
      <main ref={main} id="main" tabIndex={-1} className={css['main']} key={view}>
        {children}
      </main>
    </div>
  );
}

function NavList({ views, current }: { readonly views: readonly View[]; readonly current: View }) {
  return (
    <ul className={css['list']}>
      {views.map((view) => {
        const Icon = iconOf[view];
        return (
          <li key={view}>
            <a
              href={placeHash(view)}
              className={classNames(css['link'], view === current && css['current'])}
              aria-current={view === current ? 'page' : undefined}
            >
              <Icon size={16} aria-hidden />
              {t[view].title}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function SidebarState() {
  const link = useFace((face) => face.link);
  const status = useFace((face) => face.status);
  return (
    <div role="status" className={css['state']}>
      {!isConnected(link) ? (
        <Badge tone={link.state === 'failed' || link.state === 'version-mismatch' ? 'bad' : 'info'}>{t.links[link.state]}</Badge>
      ) : status === undefined ? (
        <Badge tone="info">{t.links.connecting}</Badge>
      ) : (
        <StatePill state={status.state} />
      )}
    </div>
  );
}

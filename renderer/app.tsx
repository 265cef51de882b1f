// Chooses the page for the place the window stands at.
import type { ComponentType } from 'react';
import type { View } from '../src/contract/shell.ts';
import { usePlace } from './navigation.ts';
import { TooltipProvider } from './parts/tooltip.tsx';
import { ShellFrame } from './shell-frame.tsx';
import { AboutView } from './views/about/about-view.tsx';
import { ActivityView } from './views/activity/activity-view.tsx';
import { AppsView } from './views/apps/apps-view.tsx';
import { DiagnosticsView } from './views/diagnostics/diagnostics-view.tsx';
import { PolicyView } from './views/policy/policy-view.tsx';
import { SettingsView } from './views/settings/settings-view.tsx';
import { StatusView } from './views/status/status-view.tsx';
import { TargetsView } from './views/targets/targets-view.tsx';

const viewOf: Readonly<Record<View, ComponentType>> = {
  status: StatusView,
  activity: ActivityView,
  apps: AppsView,
  policy: PolicyView,
  targets: TargetsView,
  diagnostics: DiagnosticsView,
  settings: SettingsView,
  about: AboutView,
};

export function App() {
  const { page } = usePlace();
  const view = page === 'ask' || page === 'first-run' ? 'status' : page;
  const Current = viewOf[view];
  return (
    <TooltipProvider>
      <ShellFrame view={view}>
        <Current />
      </ShellFrame>
    </TooltipProvider>
  );
}

// Chooses the page for the place the window stands at.
import type { ComponentType, ReactNode } from 'react';
import type { View } from '../src/contract/shell.ts';
import { useFace } from './agent-state.ts';
import { usePlace } from './navigation.ts';
import { TooltipProvider } from './parts/tooltip.tsx';
import type { PageName } from './place.ts';
import { ShellFrame } from './shell-frame.tsx';
import { AboutView } from './views/about/about-view.tsx';
import { ActivityView } from './views/activity/activity-view.tsx';
import { AskView } from './views/ask/ask-view.tsx';
import { AppsView } from './views/apps/apps-view.tsx';
import { DiagnosticsView } from './views/diagnostics/diagnostics-view.tsx';
import { FirstRunView } from './views/first-run/first-run-view.tsx';
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
  const { page, id } = usePlace();
  const shell = useFace((face) => face.shell);
  return <TooltipProvider>{pageOf(page, id, shell?.preferences.firstRunDone === false)}</TooltipProvider>;
}

/** The question and the first run stand alone; whoever has just installed Heimdall begins with the first run. */
function pageOf(page: PageName, id: string | undefined, isFirstRun: boolean): ReactNode {
  if (page === 'ask') return <AskView id={id} />;
  if (page === 'first-run' || (isFirstRun && page === 'status')) return <FirstRunView />;
  const Current = viewOf[page];
  return (
    <ShellFrame view={page}>
      <Current />
    </ShellFrame>
  );
}

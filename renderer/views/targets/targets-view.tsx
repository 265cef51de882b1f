// The Targets view.
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';

export function TargetsView() {
  return <ViewPage title={t.targets.title} subtitle={t.targets.subtitle} />;
}

// The Apps view.
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';

export function AppsView() {
  return <ViewPage title={t.apps.title} subtitle={t.apps.subtitle} />;
}

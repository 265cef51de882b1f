// The Activity view.
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';

export function ActivityView() {
  return <ViewPage title={t.activity.title} subtitle={t.activity.subtitle} />;
}

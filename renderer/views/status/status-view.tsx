// The Status view.
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';

export function StatusView() {
  return <ViewPage title={t.status.title} subtitle={t.status.subtitle} />;
}

// The Diagnostics view.
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';

export function DiagnosticsView() {
  return <ViewPage title={t.diagnostics.title} subtitle={t.diagnostics.subtitle} />;
}

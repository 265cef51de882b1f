// The About view.
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';

export function AboutView() {
  return <ViewPage title={t.about.title} subtitle={t.about.subtitle} />;
}

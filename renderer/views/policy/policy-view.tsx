// The Policy view.
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';

export function PolicyView() {
  return <ViewPage title={t.policy.title} subtitle={t.policy.subtitle} />;
}

// The Settings view.
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';

export function SettingsView() {
  return <ViewPage title={t.settings.title} subtitle={t.settings.subtitle} />;
}

// What the window and the tray do for the person in front of them.
import type { Preferences, ShellInfo } from '../../../src/contract/shell.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Card } from '../../parts/card.tsx';
import { Select } from '../../parts/field.tsx';
import { Switch } from '../../parts/switch.tsx';
import { t } from '../../strings/en.ts';
import { useShellAction } from '../../use-call.ts';
import css from './settings.module.css';

const themes = ['system', 'light', 'dark', 'contrast'] as const satisfies readonly Preferences['theme'][];
const notifications = ['all', 'blocks', 'none'] as const satisfies readonly Preferences['notifications'][];

export function PreferencesCard({ shell }: { readonly shell: ShellInfo }) {
  const { run, running, error } = useShellAction('preferences.set');
  const { preferences, openAtLoginUnavailable } = shell;
  const set = (change: Partial<Preferences>): void => void run(change);
  return (
    <Card title={t.settings.window}>
      <div className={css['pair']}>
        <Select
          label={t.settings.theme}
          value={preferences.theme}
          choices={themes.map((value) => ({ value, label: t.settings.themes[value] }))}
          disabled={running}
          onChange={(theme) => set({ theme })}
        />
        <Select
          label={t.settings.notifications}
          value={preferences.notifications}
          choices={notifications.map((value) => ({ value, label: t.settings.notificationChoices[value] }))}
          disabled={running}
          onChange={(value) => set({ notifications: value })}
        />
      </div>
      <Switch
        label={t.settings.openAtLogin}
        hint={openAtLoginUnavailable ?? t.settings.openAtLoginHint}
        checked={preferences.openAtLogin}
        disabled={running || openAtLoginUnavailable !== undefined}
        onChange={(openAtLogin) => set({ openAtLogin })}
      />
      <ActionError error={error} />
    </Card>
  );
}

// Saves the support bundle where the person chooses, and says what is in it before.
import { Download } from 'lucide-react';
import { useState } from 'react';
import type { SavedFile } from '../../../src/contract/shell.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { t } from '../../strings/en.ts';
import { useShellAction } from '../../use-call.ts';
import css from './diagnostics.module.css';

/** A person may take their time in the system's own dialog. */
const dialogMs = 600_000;

export function BundleCard() {
  const save = useShellAction('file.saveBundle', dialogMs);
  const [saved, setSaved] = useState<SavedFile | undefined>(undefined);
  const words = t.diagnostics.bundle;
  const run = async () => {
    setSaved(undefined);
    setSaved(await save.run({}));
  };
  return (
    <Card title={words.title}>
      <p className={css['bundleText']}>{words.text}</p>
      <div className={css['cardFoot']}>
        <Button icon={Download} busy={save.running} onClick={() => void run()}>
          {save.running ? words.saving : words.save}
        </Button>
        <p className={css['hint']} role="status">
          {saved === undefined ? '' : saved.path === null ? words.cancelled : words.saved(saved.path)}
        </p>
        <ActionError error={save.error} />
      </div>
    </Card>
  );
}

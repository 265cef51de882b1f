// Writes the filtered rows to a file of the person's choice.
import { Download, FileJson, Sheet } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { SavedFile } from '../../../src/contract/shell.ts';
import { shell } from '../../bridge.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Menu } from '../../parts/menu.tsx';
import { t } from '../../strings/en.ts';
import { useShellAction } from '../../use-call.ts';
import css from './activity-view.module.css';
import { matchOf } from './filter.ts';
import type { ActivityFilter } from './filter.ts';

const words = t.activity.exports;
// The person may take their time to choose a place, and a million rows take theirs.
const longestMs = 60 * 60_000;
const shownMs = 12_000;

export interface ExportState {
  readonly running: boolean;
  readonly rows: number;
  readonly saved: SavedFile | undefined;
}

export function useExport(): ReturnType<typeof useShellAction<'file.saveExport'>> &
  ExportState & { readonly save: (filter: ActivityFilter, format: 'jsonl' | 'csv') => void } {
  const action = useShellAction('file.saveExport', longestMs);
  const [rows, setRows] = useState(0);
  const [saved, setSaved] = useState<SavedFile | undefined>(undefined);
  useEffect(() => shell.on('export.progress', (progress) => setRows(progress.rows)), []);
  useEffect(() => {
    if (saved === undefined) return undefined;
    const timer = setTimeout(() => setSaved(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [saved]);
  const save = (filter: ActivityFilter, format: 'jsonl' | 'csv'): void => {
    setRows(0);
    setSaved(undefined);
    void action.run({ match: matchOf(filter, Date.now()), format }).then(setSaved);
  };
  return { ...action, rows, saved, save };
}

interface ExportMenuProps {
  readonly work: ReturnType<typeof useExport>;
  readonly filter: ActivityFilter;
  readonly disabled: boolean;
}

export function ExportMenu({ work, filter, disabled }: ExportMenuProps) {
  return (
    <Menu
      trigger={
        <Button icon={Download} busy={work.running} disabled={disabled}>
          {words.button}
        </Button>
      }
      items={[
        { label: words.jsonl, icon: FileJson, onSelect: () => work.save(filter, 'jsonl') },
        { label: words.csv, icon: Sheet, onSelect: () => work.save(filter, 'csv') },
      ]}
    />
  );
}

/** How the export goes and went. */
export function ExportLine({ work }: { readonly work: ReturnType<typeof useExport> }) {
  const { saved } = work;
  const text = work.running ? words.running(work.rows) : saved?.path == null ? '' : words.done(saved.rows, saved.path);
  return (
    <>
      <p role="status" className={text === '' ? 'visually-hidden' : css['line']}>
        {text}
      </p>
      <ActionError error={work.error} />
    </>
  );
}

// Saves what a window exports, where the person says: the filtered log page by page, the support bundle, the CA certificate.
import { join } from 'node:path';
import { app, BrowserWindow, dialog } from 'electron';
import type { FileFilter, WebContents } from 'electron';
import type { ControlClient } from '../src/contract/control.ts';
import type { SavedFile, ShellParsed } from '../src/contract/shell.ts';
import { sendShellEvent } from './bridge.ts';
import { writeWhole } from './file-writer.ts';

type Call = ControlClient['call'];

const cancelled: SavedFile = { path: null, rows: 0 };

export async function saveExport(call: Call, { match, format }: ShellParsed<'file.saveExport'>, window: WebContents): Promise<SavedFile> {
  const day = new Date().toISOString().slice(0, 10);
  const path = await askWhere(window, `heimdall-audit-${day}.${format}`, { name: format === 'csv' ? 'Table' : 'JSON lines', extensions: [format] });
  if (path === undefined) return cancelled;
  let rows = 0;
  await writeWhole(path, pages());
  return { path, rows };

  async function* pages(): AsyncGenerator<string> {
    for (let after: number | null = 0; after !== null;) {
      const page: Awaited<ReturnType<typeof call<'audit.export'>>> = await call('audit.export', { match, format, after });
      rows += page.rows;
      after = page.next;
      yield page.text;
      sendShellEvent(window, 'export.progress', { rows });
    }
  }
}

export async function saveBundle(call: Call, window: WebContents): Promise<SavedFile> {
  const { fileName, text } = await call('diagnostics.bundle', {});
  return saveText(window, fileName, { name: 'JSON', extensions: ['json'] }, text);
}

export async function saveCa(call: Call, window: WebContents): Promise<SavedFile> {
  const { pem } = await call('ca.get', {});
  return saveText(window, 'heimdall-ca.pem', { name: 'Certificate', extensions: ['pem', 'crt'] }, pem);
}

async function saveText(window: WebContents, name: string, filter: FileFilter, text: string): Promise<SavedFile> {
  const path = await askWhere(window, name, filter);
  if (path === undefined) return cancelled;
  await writeWhole(
    path,
    (async function* () {
      yield await Promise.resolve(text);
    })(),
  );
  return { path, rows: 0 };
}

async function askWhere(contents: WebContents, name: string, filter: FileFilter): Promise<string | undefined> {
  const options = { defaultPath: join(app.getPath('downloads'), name), filters: [filter] };
  const window = BrowserWindow.fromWebContents(contents);
  const { canceled, filePath } = await (window === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(window, options));
  return canceled || filePath === '' ? undefined : filePath;
}

// VS Code and the editors made from it: the user's `settings.json`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { proxyUrl } from '../surface.ts';
import type { SetupMachine } from '../surface.ts';
import { jsonFormat } from './json-edit.ts';
import type { Setting } from './settings-format.ts';
import { settingsSurface } from './settings-surface.ts';
import type { ReadSetting } from './settings-surface.ts';
import type { Tool } from './tool.ts';
import { settingsHomes } from './tool-places.ts';

const editors = ['Code', 'Code - Insiders', 'VSCodium', 'Cursor', 'Windsurf', 'Windsurf - Next', 'Antigravity', 'Kiro', 'Trae'] as const;

/*
 * `http.proxy` is for the whole program, so profiles need none. Extensions take it over what they find themselves unless
 * `http.proxySupport` says otherwise, and trust the system's certificates unless `http.systemCertificates` is off: both are set only
 * where the user has turned them off. Loopback never takes the proxy, so `http.noProxy` stays as it is.
 */
function keysOf(machine: SetupMachine, read: ReadSetting): readonly Setting[] {
  const support = read(['http.proxySupport']);
  return [
    { path: ['http.proxy'], value: proxyUrl(machine) },
    ...(support === undefined || support === 'override' ? [] : [{ path: ['http.proxySupport'], value: 'override' }]),
    ...(read(['http.systemCertificates']) === false ? [{ path: ['http.systemCertificates'], value: true }] : []),
  ];
}

export const vscode: Tool = {
  id: 'vscode',
  files: (machine) =>
    settingsHomes(machine)
      .flatMap((home) => editors.map((editor) => join(home, editor, 'User')))
      .filter((folder) => existsSync(folder))
      .map((folder) => join(folder, 'settings.json')),
  surface: (machine, file) =>
    settingsSurface(machine, {
      tool: 'vscode',
      title: titleOf(file),
      file,
      format: jsonFormat,
      to: 'The traffic of the editor and its extensions goes to Heimdall (`http.proxy`)',
      paths: [['http.proxy'], ['http.proxySupport'], ['http.systemCertificates']],
      keys: (read) => keysOf(machine, read),
      mode: 0o644,
    }),
};

/** `…/Code/User/settings.json` → `VS Code`. */
function titleOf(file: string): string {
  const folder = file.split(/[\\/]/).at(-3) ?? '';
  return folder.replace(/^Code(?: - (Insiders))?$/, (_, insiders?: string) => (insiders === undefined ? 'VS Code' : 'VS Code Insiders'));
}

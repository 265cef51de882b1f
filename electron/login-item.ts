// Starts the tray app at login, each system in its own way, without a window.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { app } from 'electron';
import { AgentError, messageOf } from '../src/contract/errors.ts';
import { autostartFile, autostartText } from './autostart-file.ts';

/** Given at login: only the tray, no window. */
const hiddenSwitch = '--hidden';

/** Why no login item can be set here; undefined where one can. */
export function loginItemUnavailable(): string | undefined {
  return app.isPackaged
    ? undefined
    : 'This copy runs from the repository, so there is nothing installed that could be opened at login. Install the package first.';
}

/** Throws `control-failed` where the system does not take it. */
export function setLoginItem(isWanted: boolean): void {
  const unavailable = loginItemUnavailable();
  if (unavailable !== undefined) {
    if (isWanted) throw new AgentError('control-failed', unavailable);
    return;
  }
  try {
    if (process.platform === 'linux') setAutostart(isWanted);
    else app.setLoginItemSettings({ openAtLogin: isWanted, args: [hiddenSwitch] });
  } catch (cause) {
    throw new AgentError('control-failed', `The login item could not be changed (${messageOf(cause)}).`, { cause });
  }
}

function setAutostart(isWanted: boolean): void {
  const file = autostartFile(process.env, homedir());
  if (!isWanted) {
    if (existsSync(file)) rmSync(file);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, autostartText([process.env['APPIMAGE'] ?? process.execPath, hiddenSwitch]));
}

/** Whether this start is one at login. */
export function isHiddenStart(argv: readonly string[]): boolean {
  return argv.includes(hiddenSwitch) || (process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin);
}

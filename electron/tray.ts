// The tray icon and its menu on the screen; drawn again only when what it shows has changed.
import { join } from 'node:path';
import { Menu, nativeImage, nativeTheme, Tray } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { TrayAction, TrayItem, TrayModel } from './tray-menu.ts';

export interface TrayOptions {
  /** Folder of the icons. */
  readonly icons: string;
  readonly act: (action: TrayAction) => void;
}

export interface TrayIcon {
  show(model: TrayModel): void;
}

/** Where the desktop has no tray, everything else goes on: `show` then does nothing. */
export function createTray({ icons, act }: TrayOptions): TrayIcon {
  let tray: Tray | undefined;
  let shown = '';
  let last: TrayModel | undefined;

  const show = (model: TrayModel): void => {
    last = model;
    const look = JSON.stringify([model, nativeTheme.shouldUseDarkColors]);
    if (look === shown) return;
    shown = look;
    const image = nativeImage.createFromPath(join(icons, iconName(model.state)));
    if (tray === undefined) {
      tray = new Tray(image);
      // Linux and Windows: one click opens the window; macOS opens the menu, as users expect there.
      if (process.platform !== 'darwin') tray.on('click', () => act({ kind: 'open', view: 'status' }));
    } else tray.setImage(image);
    tray.setToolTip(model.tooltip);
    tray.setContextMenu(Menu.buildFromTemplate(model.items.map((item) => templateOf(item, act))));
  };
  nativeTheme.on('updated', () => {
    if (last !== undefined) show(last);
  });
  return { show };
}

/** macOS colours a template image itself; elsewhere the icon has the colour that stands out from the panel. */
function iconName(state: TrayModel['state']): string {
  if (process.platform === 'darwin') return `tray-${state}Template.png`;
  // Panels of Linux desktops are dark in nearly every theme, whatever windows look like.
  const onDark = process.platform === 'linux' || nativeTheme.shouldUseDarkColors;
  return `tray-${state}-${onDark ? 'dark' : 'light'}.png`;
}

function templateOf(item: TrayItem, act: (action: TrayAction) => void): MenuItemConstructorOptions {
  switch (item.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'text':
      return { label: item.label, enabled: false };
    case 'menu':
      return { label: item.label, submenu: item.items.map((inner) => templateOf(inner, act)) };
    case 'action':
      return { label: item.label, enabled: item.enabled, click: () => act(item.action) };
  }
}
